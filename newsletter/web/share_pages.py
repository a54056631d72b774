"""The pictures that other services show where somebody shares a page: of a paper, a topic, a day, the site.

Nothing of an address is drawn: it only names what is public anyway.
"""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import re_path
from django.utils.translation import gettext

from newsletter.archive.days import day_listings, day_sections
from newsletter.archive.public import listed_entries
from newsletter.archive.topics import topic_papers
from newsletter.brand import brand_of_settings
from newsletter.models import Topic
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.phrases import phrases
from newsletter.share.cards import ShareCard, Text
from newsletter.share.drawing import picture
from newsletter.web.addresses import DAY, LANGUAGE, check_language, day_of
from newsletter.web.caching import public_page
from newsletter.web.openness import public_paper
from newsletter.web.pages import page_language, speak

HEADLINES = 3
_ENGLISH = "en"


@public_page()
def site(request: HttpRequest, language: str) -> HttpResponse:
    """The site itself."""
    check_language(language)
    speak(request, language)
    card = ShareCard(
        language=language,
        title=Text(gettext("New papers in your field, in one email you can finish."), page_language()),
        colour=brand_of_settings().colours.light.accent,
    )
    return _png(card)


@public_page()
def paper(request: HttpRequest, arxiv_id: str, language: str) -> HttpResponse:
    """A paper: its title and what it found."""
    check_language(language)
    speak(request, language)
    row = public_paper(request, arxiv_id)
    view = load_views({row.pk}, language, also_withdrawn=True)[row.pk]
    topic = _topic_of(row.pk)
    card = ShareCard(
        language=language,
        topic=topic.name_in(language) if topic else "",
        colour=topic.colour if topic else "",
        title=Text(view.headline, language if view.translated_title else _ENGLISH),
        lines=(Text(view.sentence, view.summary_language.code),) if view.sentence != view.title else (),
        note=f"arXiv:{row.arxiv_id}",
    )
    return _png(card)


def _topic_of(paper: int) -> Topic | None:
    """The first topic of the newest edition that lists a paper (id)."""
    entries = listed_entries().filter(paper=paper).select_related("edition__topic")
    entry = entries.order_by("-edition__day", "edition__topic__position").first()
    return entry.edition.topic if entry else None


@public_page()
def topic(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """A topic: its name, and the headlines of its newest papers."""
    check_language(language)
    speak(request, language)
    row = get_object_or_404(Topic, slug=slug)
    newest = topic_papers(row.pk, most=HEADLINES).papers
    if not newest and not row.is_active:
        raise Http404
    card = ShareCard(
        language=language,
        topic=phrases(language).day(newest[0][0]) if newest else "",
        colour=row.colour,
        title=Text(row.name_in(language), language if row.names.get(language) else _ENGLISH),
        lines=_headlines([paper for _day, paper in newest], language),
    )
    return _png(card)


@public_page()
def day(request: HttpRequest, day: str, language: str) -> HttpResponse:
    """A day: its date, and the headlines of the papers that lead it."""
    check_language(language)
    speak(request, language)
    chosen = day_of(day)
    listings = day_listings(chosen, chosen)
    if not listings:
        raise Http404
    first = [listings[0].lead, *[section.papers[0] for section in day_sections(chosen, each=1)]]
    card = ShareCard(
        language=language,
        title=Text(phrases(language).day(chosen), language),
        colour=brand_of_settings().colours.light.accent,
        lines=_headlines(list(dict.fromkeys(first))[:HEADLINES], language),
    )
    return _png(card)


def _headlines(papers: Sequence[int], language: str) -> tuple[Text, ...]:
    views = load_views(papers, language)
    shown = [views[paper] for paper in papers if paper in views]
    return tuple([Text(each.headline, language if each.translated_title else _ENGLISH) for each in shown])


def _png(card: ShareCard) -> HttpResponse:
    response = HttpResponse(picture(card), content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    return response


_PICTURE = rf"{LANGUAGE}\.png$"
urlpatterns = [
    re_path(rf"^share/site/{_PICTURE}", site, name="share-site"),
    re_path(
        rf"^share/papers/(?P<arxiv_id>[A-Za-z.-]*/?[0-9.]{{7,12}})/{_PICTURE}", paper, name="share-paper"
    ),
    re_path(rf"^share/topics/(?P<slug>[-\w]{{1,60}})/{_PICTURE}", topic, name="share-topic"),
    re_path(rf"^share/days/{DAY}/{_PICTURE}", day, name="share-day"),
]
