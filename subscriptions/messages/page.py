"""A reader's digest in the browser: the same as in the mail, nothing shortened."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html import escape

from newsletter.models import Entry
from newsletter.rendering.fragments import Fragment
from newsletter.rendering.glance import number as glance_number
from newsletter.rendering.layout import number
from subscriptions.messages import Digest, compose_digest, frame_of, headings_of, texts_of
from subscriptions.messages.render_cache import load_render_cache
from subscriptions.models import Delivery
from subscriptions.picks import PRIVATE, Pick

_HAD_DAYS = 90  # what was sent longer ago is in no edition of today's


def build_page(delivery: Delivery, *, leads_on: bool = True) -> str | None:
    """The digest of ``delivery`` as a page; None if nothing is left of it.

    It says what the mail says, from the rows as they are now, and under "Also new" also names what the mail
    only counts. What the reader liked is not said: one forwarded mail opens the pages of all digests.
    Without ``leads_on`` it has no link but those of its cards: none to preferences, leaving or other digests.
    """
    picks = replace(
        delivery.picks,
        papers=tuple(map(_without_likes, delivery.picks.papers)),
        also=(*delivery.picks.also, *_unnamed(delivery)),
    )
    shown = Delivery(
        pk=delivery.pk,
        subscriber_id=delivery.subscriber_id,
        day=delivery.day,
        language=delivery.language,
        picks=picks,
        created_at=delivery.created_at,
    )
    cache = load_render_cache([shown])
    reader = cache.recipients.get(delivery.subscriber_id)
    digest = compose_digest(shown, cache)
    if reader is None or digest is None:
        return None
    plain_texts = texts_of(digest, shown, reader) | {"browser": reader.links.view}
    texts = {name: escape(text) for name, text in plain_texts.items()}
    html = frame_of(digest, is_page=True, leads_on=leads_on).html.filled(texts | _regions(digest, texts))
    # In a browser the sheet is what the page is about.
    return html.replace(' aria-roledescription="email"', "", 1).replace('role="article"', 'role="main"', 1)


def _without_likes(pick: Pick) -> Pick:
    return replace(pick, reasons=tuple(reason for reason in pick.reasons if reason.kind not in PRIVATE))


def _regions(digest: Digest, texts: Mapping[str, str]) -> dict[str, str]:
    cards: list[Fragment] = []
    lines: list[Fragment] = []
    headings = headings_of(digest)
    for place, block in enumerate(digest.cards):
        if place in headings:
            cards.append(headings[place].html)
        cards += [block.card.html[0], number(place + 1, language=digest.language).html, *block.html]
        lines += [glance_number(place + 1, language=digest.language), *block.glance]
    return {
        "chips": "".join(fragment.filled(texts) for fragment in digest.signs),
        "notes": digest.notes.html.filled(texts),
        "corrections": digest.corrections.html.filled(texts),
        "glance": "".join(piece.filled(texts) for piece in lines),
        "cards": "".join(piece.filled(texts) for piece in cards),
        "also": "".join(line.html.filled(texts) for line in digest.lines),
    }


def _unnamed(delivery: Delivery) -> list[int]:
    """The candidates that the digest does not name: of the editions that it drew on, in their order, then
    what the reader's own queries found. Nothing that the reader had been sent before.
    """
    picks = delivery.picks
    known = set(picks.named)
    earlier = Delivery.objects.filter(
        subscriber=delivery.subscriber_id,
        created_at__lt=delivery.created_at,
        day__gte=delivery.day - timedelta(days=_HAD_DAYS),
        state__in=(Delivery.State.SENT, Delivery.State.UNCERTAIN),
    )
    for picks_before in earlier.values_list("picks", flat=True):
        known.update(picks_before.named)
    entries = Entry.objects.filter(edition__in=picks.editions, is_hidden=False)
    offered = entries.order_by("-edition__day", "edition__topic__position", "edition_id", "position")
    candidates = [*offered.values_list("paper_id", flat=True), *picks.queried]
    return [paper for paper in dict.fromkeys(candidates) if paper not in known]
