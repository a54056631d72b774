"""Digests become messages: the bytes of RFC 5322, joined from cards that were rendered and encoded once.

A batch is read with a constant number of queries. What a card says comes from the rows as they are now, so a
correction by an editor reaches everybody whose digest has not left yet.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import parseaddr

from django.conf import settings

from newsletter.cards import Card
from newsletter.fragments import Encoding, Filled, Values, join
from newsletter.layout import Part, chips, frame, more_line, notes, preheader, subject, tally, why
from subscriptions import headers
from subscriptions.models import Delivery
from subscriptions.stock import Reader, Stock, chip_of, load_stock, spoken

LARGEST_HTML = 90_000  # bytes as they are sent; Gmail cuts a mail at about 102,000
OWN_TEXTS = 2_000  # bytes, about: the reader's own texts in the HTML
HEADLINES = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One mail. ``sender`` and ``recipient`` are bare addresses for the envelope; ``subject`` is not encoded.

    ``data`` has CRLF line ends and lines of at most 76 characters, but for addresses in header fields.
    """

    sender: str
    recipient: str
    message_id: str
    subject: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Digest:
    """What one delivery says. ``cards`` come with their reasons; ``lines`` stand under "Also new"; ``spare``
    are the cards as lines, for those there is no room for. ``picked`` of ``new`` papers were chosen.
    ``top`` and ``said`` are the reader's topics and the editors' notes.
    """

    day: date
    language: str
    cards: tuple[tuple[Card, Part], ...]
    lines: tuple[Card, ...]
    spare: tuple[Card, ...]
    picked: int
    new: int
    top: Part
    said: Part
    headlines: tuple[str, ...]

    @property
    def subject(self) -> str:
        """On one line, not encoded."""
        return headers.one_line(subject(self.headlines[0], self.picked - 1, language=self.language))

    @property
    def unnamed(self) -> int:
        """How many candidates are named nowhere in the mail."""
        return max(self.new - len(self.cards) - len(self.lines), 0)


def build_batch(deliveries: Sequence[Delivery], *, now: datetime) -> dict[int, Message]:
    """The message of each delivery, by its id. The same rows and ``now`` give the same bytes.

    A delivery of which nothing is left to say (every paper was withdrawn or hidden since, the reader was
    erased) is missing in the result. Raises RenderingError if a template is broken.
    """
    stock = load_stock(deliveries)
    built: dict[int, Message] = {}
    for delivery in deliveries:
        reader = stock.readers.get(delivery.subscriber_id)
        digest = _compose(delivery, stock) if reader is not None else None
        if reader is not None and digest is not None:
            built[delivery.pk] = _message(delivery, reader, _fitting(digest), now=now)
    return built


def build_page(delivery: Delivery) -> str | None:
    """The same digest as a page for the browser, nothing shortened. None if nothing is left of it."""
    stock = load_stock([delivery])
    reader = stock.readers.get(delivery.subscriber_id)
    digest = _compose(delivery, stock)
    if reader is None or digest is None:
        return None
    whole = _whole(digest)[0]
    return whole.filled({name: html.escape(text) for name, text in _texts(digest, delivery, reader).items()})


# -- what is said -----------------------------------------------------------------------------------------


def _compose(delivery: Delivery, stock: Stock) -> Digest | None:
    picks, language = delivery.picks, spoken(delivery.language)
    shown: list[tuple[Card, Part]] = []
    spare: list[Card] = []
    for paper, reasons in picks.get("papers", ()):
        card, line = stock.card(paper, language), stock.line(paper, language)
        if card is None or line is None or stock.is_hidden(paper, picks):
            continue
        shown.append((card, why(stock.reasons(paper, reasons, language), language=language)))
        spare.append(line)
    if not shown:
        return None
    lines = [
        line
        for paper in picks.get("also", ())
        if not stock.is_hidden(paper, picks) and (line := stock.line(paper, language)) is not None
    ]
    topics = [stock.topics[topic] for topic in picks.get("topics", ()) if topic in stock.topics]
    return Digest(
        day=delivery.day,
        language=language,
        cards=tuple(shown),
        lines=tuple(lines),
        spare=tuple(spare),
        picked=len(shown),
        new=max(int(picks.get("new", 0)), len(shown) + len(lines)),
        top=chips(tuple(chip_of(topic, language) for topic in topics), language=language),
        said=notes(stock.notes_of(picks, language), language=language),
        headlines=tuple(card.headline for card, _ in shown[:HEADLINES]),
    )


def _fitting(digest: Digest) -> Digest:
    """The digest with as many cards as there is room for; the rest go to the lines, then lines are cut."""
    while _size(digest) > LARGEST_HTML:
        if len(digest.cards) > 1:
            last = len(digest.cards) - 1
            digest = replace(digest, cards=digest.cards[:last], lines=(digest.spare[last], *digest.lines))
        elif digest.lines:
            digest = replace(digest, lines=digest.lines[:-1])
        else:
            break
    return digest


def _size(digest: Digest) -> int:
    """The bytes of the encoded HTML, within a few hundred."""
    return OWN_TEXTS + min(_sizes(digest))


def _sizes(digest: Digest) -> tuple[int, int]:
    """The bytes of the HTML's fragments in quoted-printable and in base64."""
    around = _frame(digest)
    fragments = [around.html, digest.top.html, digest.said.html]
    for card, reasons in digest.cards:
        fragments += (card.html, reasons.html)
    fragments += [line.html for line in digest.lines]
    return (
        sum(fragment.size("quoted-printable") for fragment in fragments),
        sum(fragment.size("base64") for fragment in fragments),
    )


def _frame(digest: Digest) -> Part:
    return frame(
        language=digest.language,
        day=digest.day,
        has_also=bool(digest.lines or digest.unnamed),
        site_url=settings.SITE_URL,
        postal_address=settings.POSTAL_ADDRESS,
    )


# -- how it is put together -------------------------------------------------------------------------------


def _whole(digest: Digest) -> tuple[Filled, Filled]:
    """The HTML and the text with everything in its place but the reader's own texts."""
    around = _frame(digest)
    rest: list[Card | Part] = [more_line(digest.unnamed, language=digest.language)] if digest.unnamed else []
    in_html: dict[str, Sequence[Filled]] = {
        "chips": [Filled(digest.top.html)],
        "notes": [Filled(digest.said.html)],
        "cards": [Filled(card.html, {"why": (Filled(part.html),)}) for card, part in digest.cards],
        "also": [Filled(line.html) for line in (*digest.lines, *rest)],
    }
    in_text: dict[str, Sequence[Filled]] = {
        "chips": [Filled(digest.top.text)],
        "notes": [Filled(digest.said.text)],
        "cards": [Filled(card.text, {"why": (Filled(part.text),)}) for card, part in digest.cards],
        "also": [Filled(line.text) for line in (*digest.lines, *rest)],
    }
    return Filled(around.html, in_html), Filled(around.text, in_text)


def _texts(digest: Digest, delivery: Delivery, reader: Reader) -> dict[str, str]:
    """What fills the slots for texts, as plain text."""
    links = reader.links
    return {
        "preheader": preheader(digest.headlines[1:] or digest.headlines),
        "tally": tally(digest.picked, digest.new, language=digest.language),
        "browser": f"{links.view}{delivery.day:%Y-%m-%d}/",
        "preferences": links.preferences,
        "unsubscribe": links.unsubscribe,
        "vote": links.vote,
    }


def _message(delivery: Delivery, reader: Reader, digest: Digest, *, now: datetime) -> Message:
    in_html, in_text = _whole(digest)
    texts = _texts(digest, delivery, reader)
    escaped = {name: html.escape(text) for name, text in texts.items()}
    sizes = _sizes(digest)
    html_encoding: Encoding = "quoted-printable" if sizes[0] <= sizes[1] else "base64"
    text_encoding = _smaller_text(digest)
    identity = delivery.message_id or headers.message_id(reader.public_id, delivery.day)
    border = headers.boundary((identity,))
    head = headers.digest_head(
        recipient=reader.email,
        subject=digest.subject,
        identity=identity,
        links=reader.links,
        language=digest.language,
        now=now,
        boundary=border,
        references=headers.thread_id(reader.public_id) if settings.THREAD_DIGESTS else "",
    )
    data = b"".join(
        (
            head,
            _part_head(border, "plain", text_encoding),
            join(in_text, Values(texts, text_encoding)),
            b"\r\n",
            _part_head(border, "html", html_encoding),
            join(in_html, Values(escaped, html_encoding)),
            f"\r\n--{border}--\r\n".encode(),
        )
    )
    return Message(
        sender=settings.BOUNCE_EMAIL or parseaddr(settings.FROM_EMAIL)[1],
        recipient=headers.ascii_address(reader.email),
        message_id=identity,
        subject=digest.subject,
        data=data,
    )


def _smaller_text(digest: Digest) -> Encoding:
    quoted = sum(card.text.size("quoted-printable") for card, _ in digest.cards)
    return (
        "quoted-printable"
        if quoted <= sum(card.text.size("base64") for card, _ in digest.cards)
        else "base64"
    )


def _part_head(border: str, kind: str, encoding: Encoding) -> bytes:
    return (
        f"--{border}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode()
