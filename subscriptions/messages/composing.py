"""Digests become messages: the bytes of RFC 5322, joined from cards that were rendered and encoded once.

A batch is read with a constant number of queries. What a card says comes from the rows as they are now, so a
correction by an editor reaches everybody whose digest has not left yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings

from newsletter.errors import RenderingError
from newsletter.rendering.cards import PaperLine
from newsletter.rendering.fragments import Encoding, Fragment, Slot, Values
from newsletter.rendering.fragments import joined as join_pieces
from newsletter.rendering.layout import (
    FrameParts,
    Imprint,
    MailPart,
    frame,
    more_line,
    notes,
    preheader,
    saved_end,
    sign,
    subject,
    tally,
    topics_line,
)
from subscriptions.messages import headers
from subscriptions.messages.blocks import AnyBlock, Side
from subscriptions.messages.render_cache import Recipient, RenderCache, spoken
from subscriptions.models import Delivery
from subscriptions.readers.saved import saved_last_week

LARGEST_HTML = 90_000  # bytes as they are sent; Gmail cuts a mail at about 102,000
OWN_TEXTS = 2_000  # bytes, at most: the reader's own preheader and tally in the HTML
LONGEST_PATH = 160  # bytes, at most: the path of a reader's own link, encoded, without SITE_URL
HEADLINES = 4

# What stands before the slot of a link belongs to it.
_VOTE: dict[Side, Slot] = {"html": Slot("vote", ' href="'), "text": Slot("vote", "\n")}
_BROWSER: dict[Side, Slot] = {"html": Slot("browser", ' href="'), "text": Slot("browser", "\n")}


class Encodings(NamedTuple):
    """How the two bodies of a message are encoded."""

    html: Encoding
    text: Encoding


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


@dataclass(frozen=True, slots=True)
class Digest:
    """What one delivery says. ``cards`` come with the parts that say why; ``lines`` stand under "Also new".

    ``picked`` of ``new`` papers were chosen; ``papers`` are the ids of the cards, and of those for which
    there is no room. The last ``updates`` of them are new versions of what the reader had. ``topics`` are
    the reader's in plain text, ``signs`` in HTML; ``notes`` are the editors'. ``has_more``: all
    candidates stand on the page. ``tells_of_taste``: it says what votes do from now on. ``saved``
    are papers that the reader saved in the last week.
    """

    day: date
    language: str
    cards: tuple[AnyBlock, ...]
    papers: tuple[int, ...]
    lines: tuple[PaperLine, ...]
    new: int
    topics: str
    signs: tuple[Fragment, ...]
    notes: MailPart
    has_more: bool
    updates: int = 0
    tells_of_taste: bool = False
    saved: tuple[PaperLine, ...] = ()

    @property
    def picked(self) -> int:
        """How many new papers were chosen, as cards and for want of room as lines."""
        return len(self.papers) - self.updates

    @property
    def unnamed(self) -> int:
        """How many candidates are named nowhere in the mail, but on its page."""
        return max(self.new + self.updates - len(self.cards) - len(self.lines), 0) if self.has_more else 0


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
    passes the same ``cache`` each time.
    """
    cache = cache or RenderCache()
    cache.refresh(deliveries, saved_last_week(deliveries))
    drafts = {}
    for delivery in deliveries:
        reader = cache.recipients.get(delivery.subscriber_id)
        digest = compose_digest(delivery, cache) if reader is not None else None
        if reader is not None and digest is not None:
            drafts[delivery.pk] = (delivery, reader, *fit_digest(digest))
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


# -- what is said -----------------------------------------------------------------------------------------


def compose_digest(delivery: Delivery, cache: RenderCache) -> Digest | None:
    """What a delivery says, as the rows are now; None if nothing is left of it."""
    picks, language = delivery.picks, spoken(delivery.language)
    if picks.fault:
        raise RenderingError(picks.fault)
    hidden, by_topic = cache.hidden_from(picks), cache.editions_by_topic(picks)
    shown: list[AnyBlock] = []
    papers: list[int] = []
    updates = 0
    for pick in picks.papers:
        block = cache.block(pick, language, by_topic, reader=delivery.subscriber_id)
        if block is not None and pick.paper not in hidden:
            shown.append(block)
            papers.append(pick.paper)
            updates += pick.is_update
    if not shown:
        return None
    lines = [
        line
        for paper in picks.also
        if (line := cache.line(paper, language)) is not None and paper not in hidden
    ]
    chips = cache.chips_of(picks, language)
    return Digest(
        day=delivery.day,
        language=language,
        cards=tuple(shown),
        papers=tuple(papers),
        lines=tuple(lines),
        new=max(picks.new, len(shown) - updates + len(lines)),
        topics=topics_line(chips),
        signs=tuple([sign(chip, language=language) for chip in chips]),
        notes=notes(cache.notes_of(picks, language), language=language),
        has_more=bool(picks.editions),
        updates=updates,
        saved=cache.saved_lines(delivery.pk, language),
        tells_of_taste=picks.tells_of_taste,
    )


def fit_digest(digest: Digest) -> tuple[Digest, Encodings]:
    """The digest with as many cards as there is room for, and the encodings in which it is smaller.

    The rest go to the lines, new papers before updates; if there is still too much, lines are cut.
    """
    cards, papers, lines = list(digest.cards), list(digest.papers), list(digest.lines)
    sizes = _sizes(digest)
    while min(sizes) > LARGEST_HTML - OWN_TEXTS and (len(cards) > 1 or lines):
        if len(cards) > 1:
            last_new = len(cards) - 1 - digest.updates
            at = last_new if last_new > 0 else len(cards) - 1
            papers.pop(at)
            block = cards.pop(at)
            lines.insert(0, block.line)
            sizes = _changed(_changed(sizes, [block], -1), [block.line.html], 1)
        else:
            sizes = _changed(sizes, [lines.pop().html], -1)
    if len(cards) != len(digest.cards) or len(lines) != len(digest.lines):
        digest = replace(digest, cards=tuple(cards), lines=tuple(lines))
    texts = [block.text_sizes for block in digest.cards]
    return digest, Encodings(
        html=_smaller(sizes),
        text=_smaller((sum([quoted for quoted, _ in texts]), sum([based for _, based in texts]))),
    )


def _sizes(digest: Digest) -> tuple[int, int]:
    """The bytes of the HTML's fragments in quoted-printable and in base64."""
    around = [frame_of(digest).html, *digest.signs, digest.notes.html, *[line.html for line in digest.saved]]
    if digest.saved:
        around.append(saved_end(language=digest.language).html)
    return _changed((0, 0), [*around, *digest.cards, *[line.html for line in digest.lines]], 1)


def _changed(sizes: tuple[int, int], fragments: Sequence[Fragment | AnyBlock], sign: int) -> tuple[int, int]:
    quoted, based = sizes
    slots = 0
    for fragment in fragments:
        quoted += sign * fragment.sizes[0]
        based += sign * fragment.sizes[1]
        slots += fragment.slots
    own = sign * slots * (LONGEST_PATH + 2 * len(settings.SITE_URL))
    return quoted + own, based + own


def _smaller(sizes: tuple[int, int]) -> Encoding:
    return "quoted-printable" if sizes[0] <= sizes[1] else "base64"


def frame_of(digest: Digest, *, is_page: bool = False) -> MailPart:
    """All but the cards of a digest."""
    return frame(
        language=digest.language,
        day=digest.day,
        imprint=Imprint(settings.SITE_URL, settings.POSTAL_ADDRESS),
        parts=FrameParts(
            has_also=bool(digest.lines or digest.unnamed),
            has_saved=bool(digest.saved),
            tells_of_taste=digest.tells_of_taste,
            is_page=is_page,
        ),
    )


# -- how it is put together -------------------------------------------------------------------------------


def _body(digest: Digest, around: MailPart, rest: MailPart | None, values: Values, side: Side) -> list[bytes]:
    """One of the two bodies, encoded, in pieces."""
    encoding, vote = values.encoding, values[_VOTE[side]]
    cards: list[bytes] = []
    for block in digest.cards:
        before, after = block.encoded(side, encoding)
        cards += before
        cards.append(vote.join(after))
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
        "cards": cards,
        "also": also,
    }
    return join_pieces(getattr(around, side), regions, values)


def texts_of(digest: Digest, delivery: Delivery, reader: Recipient) -> dict[str, str]:
    """What fills the slots for texts, as plain text."""
    links, first = reader.links, digest.cards[0].card.headline
    counted = tally(digest.picked, digest.new, digest.updates, language=digest.language)
    return {
        "preheader": preheader([block.card.headline for block in digest.cards[1:HEADLINES]] or [first]),
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
    title = subject(digest.cards[0].card.headline, len(digest.papers) - 1, language=digest.language)
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
        *_body(digest, around, rest, Values(texts, encodings.text), "text"),
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
