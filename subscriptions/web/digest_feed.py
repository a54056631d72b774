"""The private feed of a reader's own digests: the papers that were chosen for this reader, the newest first.

Its address is a secret of its own: it opens nothing else, stands in no mail, and ends when the reader renews
it or leaves. Why a paper was chosen is not in it, because programs pass feeds on.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from newsletter.archive.public import listed_papers
from newsletter.feeds.entries import entries_of, plain
from newsletter.feeds.public import FORMATS
from newsletter.feeds.records import Feed
from newsletter.models import Publication
from newsletter.rendering.phrases import phrases
from newsletter.web.pages import speak
from subscriptions.models import Subscriber
from subscriptions.readers import links
from subscriptions.web.feed import answer_feed
from subscriptions.web.pages import private, refuse
from subscriptions.web.way_back import ARRIVED

NEWEST = 100  # papers
DIGESTS_READ = 30
ADDRESSES: Final = {"atom": "digest-feed", "rss": "digest-rss-feed", "json": "digest-json-feed"}
"""The names of the feed's addresses, by format."""
READING = (Subscriber.State.ACTIVE, Subscriber.State.PAUSED)


@require_safe
def digest_papers(request: HttpRequest, token: str, form: str) -> HttpResponse:
    """The papers of the newest digests in the reader's language; 410 where the reader left or renewed it."""
    speak(request, request.GET.get("language", ""))
    try:
        reader = links.subscriber_of(token, links.DIGEST_FEED, now=timezone.now())
    except links.LinkError as error:
        return private(refuse(request, error.kind))
    if reader.state not in READING:
        return private(refuse(request, "expired"))
    feed = _feed(reader)
    made = FORMATS[form]
    name = ADDRESSES[form]
    fresh = HttpResponse(made.write(feed, links.address(name, token)), content_type=made.media_type)
    return answer_feed(request, fresh, changed_at=feed.changed_at)


def _feed(reader: Subscriber) -> Feed:
    publication = Publication.objects.own()
    days, chosen_at = _chosen(reader)
    listed = set(listed_papers().filter(pk__in=days).values_list("pk", flat=True))
    papers = [paper for paper in days if paper in listed][:NEWEST]
    entries = entries_of(papers, reader.language, publication=publication, days=days)
    words = phrases(reader.language)
    return Feed(
        id=publication.urn(f"digests {reader.public_id}"),
        title=plain(f"{words.say('feed.mine')} · {settings.SITE_NAME}"),
        description=words.say("feed.lead"),
        language=reader.language,
        publisher=plain(settings.SITE_NAME),
        url=f"{settings.SITE_URL}/",
        changed_at=max([chosen_at, *[entry.updated for entry in entries]]).replace(microsecond=0),
        entries=entries,
    )


def _chosen(reader: Subscriber) -> tuple[Mapping[int, date], datetime]:
    """The papers of the newest digests in their order, each with its first day among them, and when the last
    digest was made.
    """
    days: dict[int, date] = {}
    chosen_at = reader.created_at
    digests = reader.deliveries.filter(state__in=ARRIVED).order_by("-day")
    for digest in digests[:DIGESTS_READ]:
        chosen_at = max(chosen_at, digest.created_at)
        for pick in digest.picks.papers:
            days.setdefault(pick.paper, digest.day)
        if len(days) >= 2 * NEWEST:
            break
    return days, chosen_at
