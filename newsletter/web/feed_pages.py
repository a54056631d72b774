"""The feeds of topics and days, the list of all of them, for programs (OPML) and for people."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.utils.http import http_date
from django.utils.translation import gettext

from newsletter.feeds import public
from newsletter.feeds.days import read_day
from newsletter.feeds.listings import OF_A_DAY
from newsletter.feeds.markdown import FORMS, MARKDOWN_TYPE
from newsletter.feeds.opml import OPML_TYPE
from newsletter.feeds.records import Feed
from newsletter.languages import LANGUAGES
from newsletter.models import Topic
from newsletter.rendering.phrases import phrases
from newsletter.web.addresses import DAY, LANGUAGE, check_language, day_of
from newsletter.web.caching import content_moment, public_page
from newsletter.web.feed_links import feeds_of_topic
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Placement


@public_page("language")
def feeds(request: HttpRequest) -> HttpResponse:
    """All feeds in the language of the page, and files that list them in each language of summaries."""
    speak(request, request.GET.get("language", ""))
    language = page_language()
    topics: list[Topic | None] = [None, *Topic.objects.active()]
    context = {
        "spoken": language,
        "topics": [
            (
                topic.name_in(language) if topic else phrases(language).say("feed.all"),
                public.page_of_topic(topic, language),
                [
                    (f"{public.path_of_topic(topic, language)}.{ending}", made.name)
                    for ending, made in public.FORMATS.items()
                ],
            )
            for topic in topics
        ],
        "files": [(code, spec.own_name, spec.direction) for code, spec in LANGUAGES.items()],
        "place": Placement(
            path=f"/feeds/?language={language}",
            title=gettext("Feeds"),
            description=gettext("New papers of each topic for feed readers, as Atom, RSS and JSON Feed."),
            language=language,
            pattern="/feeds/?language={language}",
            feeds=feeds_of_topic(None, language),
        ),
    }
    return render(request, "web/feeds.html", context)


@public_page()
def opml(_request: HttpRequest, language: str) -> HttpResponse:
    """The list of all feeds in ``language``, for programs that read feeds."""
    check_language(language)
    return HttpResponse(public.opml(language), content_type=OPML_TYPE)


@public_page()
def topic_feed(request: HttpRequest, slug: str, language: str, form: str) -> HttpResponse:
    """The newest papers of a topic, or of all, in ``language`` and in the format ``form``."""
    check_language(language)
    return _answer(request, public.topic_feed(slug, language), form)


@public_page()
def day_feed(request: HttpRequest, day: str, language: str, form: str) -> HttpResponse:
    """The papers of a day in ``language`` and in the format ``form``."""
    check_language(language)
    return _answer(request, public.day_feed(day_of(day), language), form)


@public_page("form")
def day_file(request: HttpRequest, day: str, language: str) -> HttpResponse:
    """A day as Markdown; ``?form=`` is one of :data:`~newsletter.feeds.markdown.FORMS`, ``plain`` if none."""
    check_language(language)
    chosen_day, form = day_of(day), FORMS.get(request.GET.get("form", "plain"))
    copied = read_day(chosen_day, language, most=OF_A_DAY) if form is not None else None
    if form is None or copied is None:
        raise Http404
    answer = HttpResponse(form.write(copied), content_type=MARKDOWN_TYPE)
    page = f"{settings.SITE_URL}/archive/{chosen_day:%F}/{language}/"
    answer["Link"] = f'<{page}>; rel="canonical"'
    return answer


def _answer(request: HttpRequest, feed: Feed | None, form: str) -> HttpResponse:
    if feed is None:
        raise Http404
    made = public.FORMATS[form]
    content = made.write(feed, f"{settings.SITE_URL}{request.path}")
    answer = HttpResponse(content, content_type=made.media_type)
    answer["Last-Modified"] = http_date(content_moment(feed.changed_at, content))
    return answer


_IN = rf"{LANGUAGE}\.(?P<form>atom|rss|json)$"

urlpatterns = [
    re_path(rf"^archive/{DAY}/{LANGUAGE}\.md$", day_file, name="day-file"),
    path("feeds/", feeds, name="feeds"),
    re_path(rf"^feeds/{LANGUAGE}\.opml$", opml, name="opml"),
    re_path(rf"^feeds/day/{DAY}/{_IN}", day_feed, name="day-feed"),
    re_path(rf"^feeds/(?P<slug>[-\w]{{1,60}})/{_IN}", topic_feed, name="topic-feed"),
]
