"""Digests become messages: the bytes of RFC 5322, joined from cards that were rendered and encoded once.

A batch is read with a constant number of queries. What a card says comes from the rows as they are now, so a
correction by an editor reaches everybody whose digest has not left yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from newsletter.rendering import glance
from newsletter.rendering.fragments import Encoding, Slot, Values, encode_whole
from newsletter.rendering.fragments import joined as join_pieces
from newsletter.rendering.layout import MailPart, more_line, reading_time, saved_end, tally
from newsletter.rendering.reading_time import minutes
from newsletter.rendering.subjects import preheader, subject
from subscriptions.corrections.owing import told_by
from subscriptions.messages import headers
from subscriptions.messages.blocks import Side, glance_numbers, numbers
from subscriptions.messages.digest import Digest, carried_by, compose_digest, frame_of, headings_of
from subscriptions.messages.fitting import Encodings, fit_digest
from subscriptions.messages.render_cache import RenderCache
from subscriptions.messages.rows import Recipient
from subscriptions.messages.welcomes import next_digest
from subscriptions.models import Delivery
from subscriptions.readers.saved import saved_last_week

# What stands before the slot of a link belongs to it.
_VOTE: dict[Side, Slot] = {"html": Slot("vote", ' href="'), "text": Slot("vote", "\n")}
_BROWSER: dict[Side, Slot] = {"html": Slot("browser", ' href="'), "text": Slot("browser", "\n")}


class MimeMessage(NamedTuple):
    """One mail. ``sender`` and ``recipient`` are bare addresses for the envelope; ``subject`` is not encoded.

    ``data`` has CRLF line ends and lines of at most 76 characters, but for addresses in header fields.
    ``is_canonical``: who made it knows that it has no other line ends and no line that begins with a dot, so
    that nobody need look again.
    """

    sender: str
    recipient: str
    message_id: str
    subject: str
    data: bytes
    is_canonical: bool = False


def build_batch(deliveries: Sequence[Delivery], *, now: datetime) -> dict[int, MimeMessage]:
    """The message of each delivery, by its id. The same rows and ``now`` give the same bytes.

    A delivery of which nothing is left to say (every paper was withdrawn or hidden since, the reader was
    erased) is missing in the result. Raises RenderingError if a template is broken.
    """
    return dict(draft_batch(deliveries, now=now))


def draft_batch(
    deliveries: Sequence[Delivery], *, now: datetime, cache: RenderCache | None = None
) -> "Drafts":
    """The same, but each message is joined when it is looked up: what a sender needs is one at a time.

    Everything is read, rendered and encoded here; afterwards no database is asked. A run over many batches
    passes the same ``cache`` each time. Each row's ``revisions`` then say what its message carries.
    """
    cache = cache or RenderCache()
    cache.refresh(deliveries, saved_last_week(deliveries), told_by(deliveries))
    drafts = {}
    for delivery in deliveries:
        reader = cache.recipients.get(delivery.subscriber_id)
        digest = compose_digest(delivery, cache) if reader is not None else None
        if reader is not None and digest is not None:
            fitted, encodings = fit_digest(digest)
            delivery.revisions = carried_by(fitted, delivery.picks, cache)
            drafts[delivery.pk] = (delivery, reader, fitted, encodings)
    return Drafts(drafts, now=now)


class Drafts(Mapping[int, MimeMessage]):
    """Messages by the id of their delivery, made when asked for and not kept: together they are 50 MB."""

    def __init__(
        self, drafts: Mapping[int, tuple[Delivery, Recipient, Digest, Encodings]], *, now: datetime
    ) -> None:
        self._drafts = drafts
        self._now = now

    def __getitem__(self, delivery_id: int) -> MimeMessage:
        return assemble(*self._drafts[delivery_id], now=self._now)

    def __contains__(self, delivery_id: object) -> bool:
        return delivery_id in self._drafts

    def __iter__(self) -> Iterator[int]:
        return iter(self._drafts)

    def __len__(self) -> int:
        return len(self._drafts)


def _body(digest: Digest, around: MailPart, rest: MailPart | None, values: Values, side: Side) -> list[bytes]:
    """One of the two bodies, encoded, in pieces."""
    encoding, vote = values.encoding, values[_VOTE[side]]
    place_numbers = numbers(side, digest.language, encoding)
    headings = headings_of(digest)
    cards: list[bytes] = []
    for place, block in enumerate(digest.cards):
        if place in headings:
            cards.append(getattr(headings[place], side).whole[encoding])
        opening, before, around_votes = block.encoded(side, encoding)
        cards += (opening, place_numbers[place + 1], *before, vote.join(around_votes))
    also = [getattr(line, side).whole[encoding] for line in digest.lines]
    if rest is not None:
        also.append(values[_BROWSER[side]].join(getattr(rest, side).split[encoding]))
    saved = [getattr(line, side).whole[encoding] for line in digest.saved]
    if saved:
        end = saved_end(language=digest.language)
        saved.append(vote.join(getattr(end, side).split[encoding]))
    regions = {
        "saved": saved,
        "chips": [fragment.whole[encoding] for fragment in digest.signs] if side == "html" else [],
        "notes": [getattr(digest.notes, side).whole[encoding]],
        "corrections": [getattr(digest.corrections, side).whole[encoding]],
        "glance": _glance(digest, encoding, side),
        "cards": cards,
        "also": also,
    }
    return join_pieces(getattr(around, side), regions, values)


def _glance(digest: Digest, encoding: Encoding, side: Side) -> list[bytes]:
    """The lines at the top, encoded, in pieces."""
    if side == "text":
        return [
            glance.text_of(block.card.glance, place, encoding) for place, block in enumerate(digest.cards, 1)
        ]
    pieces: list[bytes] = []
    place_numbers = glance_numbers(digest.language, encoding)
    for place, block in enumerate(digest.cards, 1):
        pieces += (place_numbers[place], *block.encoded_glance(encoding))
    return pieces


def _text_body(
    digest: Digest, around: MailPart, rest: MailPart | None, texts: Mapping[str, str], encoding: Encoding
) -> list[bytes]:
    """The plain text, encoded. Base64 of pieces would need spaces at the ends of its lines."""
    if encoding == "base64":
        return [encode_whole(b"".join(_body(digest, around, rest, Values(texts, "8bit"), "text")))]
    return _body(digest, around, rest, Values(texts, encoding), "text")


def texts_of(digest: Digest, delivery: Delivery, reader: Recipient) -> dict[str, str]:
    """What fills the slots for texts, as plain text."""
    links, first = reader.links, digest.cards[0].card
    papers = tally(digest.picked, digest.new, digest.updates, language=digest.language)
    counted = f"{papers} · {reading_time(minutes(digest.seconds), language=digest.language)}"
    return {
        "preheader": preheader(digest.news, otherwise=(first.headline, counted)),
        "tally": counted,
        "tally_and_topics": f"{counted}\n{digest.topics}" if digest.topics else counted,
        "browser": f"{links.view}{delivery.day.isoformat()}/",
        "preferences": links.preferences,
        "unsubscribe": links.unsubscribe,
        "vote": links.vote,
    }


def assemble(
    delivery: Delivery, reader: Recipient, digest: Digest, encodings: Encodings, *, now: datetime
) -> MimeMessage:
    """The bytes of a digest for its reader, put together from what is encoded already."""
    texts = texts_of(digest, delivery, reader)
    if next_at := delivery.picks.next_at:
        texts["next_digest"] = next_digest(next_at, language=digest.language, now=now)
    title = subject(digest.news)
    recipient = headers.ascii_address(reader.email)
    identity = delivery.message_id or headers.message_id(reader.public_id, delivery.day)
    border = headers.boundary(identity)
    head = headers.digest_head(
        headers.DigestHead(
            recipient=recipient,
            subject=title,
            identity=identity,
            links=reader.links,
            language=digest.language,
            boundary=border,
            references=headers.thread_id(reader.public_id) if settings.THREAD_DIGESTS else "",
        ),
        now=now,
    )
    around, unnamed = frame_of(digest), digest.unnamed
    rest = more_line(unnamed, language=digest.language) if unnamed else None
    pieces = [
        head,
        _part_head(border, "plain", encodings.text),
        *_text_body(digest, around, rest, texts, encodings.text),
        b"\r\n",
        _part_head(border, "html", encodings.html),
        *_body(digest, around, rest, Values(texts, encodings.html, for_html=True), "html"),
        f"\r\n--{border}--\r\n".encode(),
    ]
    return MimeMessage(
        sender=settings.BOUNCE_EMAIL or headers.bare(settings.FROM_EMAIL),
        recipient=recipient,
        message_id=identity,
        subject=title,
        data=b"".join(pieces),
        # The bodies' encodings write nothing else; the head holds what people wrote.
        is_canonical=head.count(b"\r\n") == head.count(b"\n") == head.count(b"\r") and b"\n." not in head,
    )


def _part_head(border: str, kind: str, encoding: Encoding) -> bytes:
    return (
        f"--{border}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode()
