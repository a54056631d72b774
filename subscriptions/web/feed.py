"""The private feed of saved papers, for Zotero and other readers of Atom (RFC 4287).

Its address is a secret of its own: it opens nothing else, stands in no mail, and ends when the reader renews
it. Notes are not in it, because programs pass feeds on.
"""

import hashlib
import uuid
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from typing_extensions import override

from newsletter.rendering.citations import Citation
from newsletter.web.caching import content_moment
from newsletter.web.pages import page_language, speak
from subscriptions.models import SavedPaper, Subscriber
from subscriptions.readers import links, saved
from subscriptions.web.pages import private, refuse

NEWEST = 200


class _Feed(Atom1Feed):
    """Names the moment of the list's last change, also when it is empty: the same list, the same bytes."""

    @override
    def latest_post_date(self) -> datetime:
        changed_at: datetime = self.feed["changed_at"]
        return changed_at


@require_safe
def saved_papers(request: HttpRequest, token: str) -> HttpResponse:
    """The newest saved papers; 304 to a program that has them, 410 where the address was renewed."""
    try:
        reader = links.subscriber_of(token, links.FEED, now=timezone.now())
    except links.LinkError as error:
        return private(refuse(request, error.kind))
    speak(request, reader.language)
    changed_at = saved.last_change(reader) or reader.created_at
    content = _write(reader, links.address("saved-feed", token), changed_at=changed_at)
    fresh = HttpResponse(content, content_type="application/atom+xml; charset=utf-8")
    return answer_feed(request, fresh, changed_at=changed_at)


def answer_feed(request: HttpRequest, fresh: HttpResponse, *, changed_at: datetime) -> HttpResponse:
    """A private feed, or 304 to a program that has this very one: no cache of others keeps it.

    Who holds no ETag is believed by the very moment that its content has.
    """
    etag = quote_etag(hashlib.sha256(fresh.content).hexdigest()[:32])
    modified = content_moment(changed_at, fresh.content)
    fresh["ETag"] = etag
    fresh["Last-Modified"] = http_date(modified)
    is_of_that_moment = request.headers.get("If-Modified-Since") == fresh["Last-Modified"]
    answer = get_conditional_response(request, etag, modified if is_of_that_moment else None, fresh) or fresh
    patch_cache_control(answer, private=True, no_cache=True)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _write(reader: Subscriber, address: str, *, changed_at: datetime) -> bytes:
    rows = SavedPaper.objects.filter(subscriber=reader).select_related("paper")
    feed = _Feed(
        title=f"{_('Saved papers')} · {settings.SITE_NAME}",
        link=f"{settings.SITE_URL}/",
        description="",
        language=page_language(),
        author_name=settings.SITE_NAME,
        feed_url=address,
        feed_guid=f"urn:uuid:{uuid.uuid5(reader.public_id, 'saved papers')}",
        changed_at=changed_at,
    )
    for row in rows.order_by("-saved_at", "-pk")[:NEWEST]:
        cited = Citation.of(row.paper)
        feed.add_item(
            title=cited.title,
            link=cited.url,
            description=cited.abstract,
            unique_id=cited.url,
            author_name=", ".join(name.in_order for name in cited.authors) or None,
            pubdate=row.saved_at,
            updateddate=max(row.saved_at, row.paper.updated_at or row.saved_at),
            categories=[cited.primary_category] if cited.primary_category else (),
        )
    return str(feed.writeString("utf-8")).encode()
