"""Signed links: what a reader holds instead of a login.

A token is base64url of ``purpose (1 byte) · reader (16) · stamp (4) · until (4) · signature (12)``. Each
purpose has its own signature: a link that was made for leaving cannot be used for reading somebody's data.

There are three families. The links that stand in every mail (:data:`LASTING`) are the same for a reader until
the reader's ``links_epoch`` counts up: their signatures are slices of ONE HMAC-SHA-512, so that joining a
mail costs one hash and no query. The links that are mailed for one occasion (:data:`PASSING`) end after a
while, and their stamp holds what they change: once it is changed, the link is used up. The stamp of a link
that confirms is the form it was mailed for, so that the button confirms what that form said and no other.
The addresses of a reader's private feeds (:data:`FEEDS`) stand in no mail; each lasts until the reader renews
it.
"""

import base64
import binascii
import hashlib
import hmac
import struct
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from newsletter.errors import InvalidInput
from subscriptions.models import ConsentEvent, ReadingList, Subscriber

Kind = Literal["expired", "broken", "used", "foreign"]

LASTING = ("preferences", "unsubscribe", "vote", "view", "catch-up")
PASSING: dict[str, timedelta] = {
    "confirm": timedelta(days=7),
    "my-data": timedelta(hours=1),  # mailed to the reader who asks for what a forwarded digest must not open
    "email-confirm": timedelta(days=2),
    "undo": timedelta(days=1),  # from the moment of leaving
}
FEED, DIGEST_FEED = "feed", "digest-feed"
FEEDS = {FEED: "feed_number", DIGEST_FEED: "digest_feed_number"}
"""Of what saved papers and digests hold; the columns of :class:`ReadingList` that renewing counts up."""
_PURPOSES = (*LASTING, *PASSING, *FEEDS)  # their places are in links that were mailed: new ones come last
_HEAD = struct.Struct(">B16sII")
_SIGNATURE_BYTES = 12
_TOKEN_BYTES = _HEAD.size + _SIGNATURE_BYTES
TOKEN_LENGTH = -(-_TOKEN_BYTES * 4 // 3)  # characters
_LONGEST_TOKEN = 100
_OF_NO_FORM = 1 << 31  # in a passing link's stamp: it holds a state; without, a form's number


class LinkError(InvalidInput):
    """A link that opens nothing. ``kind`` is expired, broken, used or foreign (made for something else)."""

    kind: Kind = "broken"

    def __init__(self, message: str, *, kind: Kind = "broken") -> None:
        super().__init__(message, kind=kind)


@dataclass(frozen=True, slots=True)
class ReaderLinks:
    """The absolute URLs in a reader's mails. ``vote`` takes ``?paper=ARXIV_ID&value=1`` (or -1)."""

    preferences: str
    unsubscribe: str
    one_click: str
    vote: str
    view: str


def reader_links(public_id: uuid.UUID, epoch: int) -> ReaderLinks:
    """The lasting links of one reader, for one HMAC and no query."""
    tokens = _lasting_tokens(public_id, epoch)
    unsubscribe = address("unsubscribe", tokens["unsubscribe"])
    return ReaderLinks(
        preferences=address("preferences", tokens["preferences"]),
        unsubscribe=unsubscribe,
        one_click=unsubscribe,
        vote=address("vote", tokens["vote"]),
        view=address("digests", tokens["view"]),
    )


def token(subscriber: Subscriber, purpose: str, *, now: datetime | None = None) -> str:
    """A token for a purpose of any family; ``now`` starts the life of a passing one.

    A reader's undo lives from the moment of leaving, whenever it is made.
    """
    if purpose in LASTING:
        return _lasting_tokens(subscriber.public_id, subscriber.links_epoch)[purpose]
    if purpose in FEEDS:
        number = _feed_number(subscriber, purpose)
        head = _HEAD.pack(_PURPOSES.index(purpose), subscriber.public_id.bytes, number, 0)
        return _encode(head + _sign_alone(settings.SECRET_KEY, head, purpose))
    left = _last_event(subscriber, ConsentEvent.Kind.UNSUBSCRIBED) if purpose == "undo" else None
    until = int(((left.at if left else now or timezone.now()) + PASSING[purpose]).timestamp())
    head = _HEAD.pack(
        _PURPOSES.index(purpose), subscriber.public_id.bytes, _stamp(subscriber, purpose), until
    )
    return _encode(head + _sign_alone(settings.SECRET_KEY, head, "passing"))


def subscriber_of(token: str, purpose: str, *, now: datetime) -> Subscriber:
    """The reader whom ``token`` lets do ``purpose``. Reads two rows at most and changes nothing.

    Raises :class:`LinkError`. Leaving works with links of an earlier epoch too: whoever holds an old mail may
    always stop the next one.
    """
    raw = _decode(token)
    number, public_id, stamp, until = _HEAD.unpack(raw[: _HEAD.size])
    if number >= len(_PURPOSES) or not _is_signed(raw):
        raise LinkError("The link is damaged: its signature does not fit.", kind="broken")
    if _PURPOSES[number] != purpose:
        raise LinkError(f"The link was made for {_PURPOSES[number]!r}, not {purpose!r}.", kind="foreign")
    if purpose in PASSING and until < now.timestamp():
        raise LinkError("The link has expired.", kind="expired")
    subscriber = Subscriber.objects.filter(public_id=uuid.UUID(bytes=public_id)).first()
    if subscriber is None:
        raise LinkError("The link belongs to somebody whose data was erased.", kind="expired")
    if purpose in PASSING and not _is_unused(subscriber, purpose, stamp):
        raise LinkError("The link has been used.", kind="used")
    if purpose in LASTING and purpose != "unsubscribe" and stamp != subscriber.links_epoch:
        raise LinkError("The reader has asked for new links.", kind="expired")
    if purpose in FEEDS and stamp != _feed_number(subscriber, purpose):
        raise LinkError("The reader has renewed the address of the feed.", kind="expired")
    return subscriber


def is_made_for(token: str, purpose: str, *, now: datetime) -> bool:
    """Whether we made the passing ``token`` for ``purpose`` and it has not ended. No query.

    It may still open nothing: whether it was used, or its reader erased, is not looked up.
    """
    try:
        raw = _decode(token)
    except LinkError:
        return False
    number, *_, until = _HEAD.unpack(raw[: _HEAD.size])
    is_fitting = number == _PURPOSES.index(purpose) and until >= now.timestamp()
    return is_fitting and _is_signed(raw)


def form_of(token: str) -> int:
    """The sign-up form (its consent event) that a right ``token`` to confirm was mailed for; 0 for none."""
    stamp: int = _HEAD.unpack(_decode(token)[: _HEAD.size])[2]
    return 0 if stamp & _OF_NO_FORM else stamp


def address(path_name: str, token: str) -> str:
    """The absolute URL of the page ``path_name`` for ``token``."""
    before, after = _frame(settings.SITE_URL, path_name)
    return f"{before}{token}{after}"


@lru_cache(maxsize=64)
def _frame(site_url: str, path_name: str) -> tuple[str, str]:
    before, _, after = reverse(path_name, args=["TOKEN"]).partition("TOKEN")
    return site_url + before, after


def _stamp(subscriber: Subscriber, purpose: str) -> int:
    """32 bits of the state that a passing link changes."""
    form = _last_event(subscriber, ConsentEvent.Kind.SIGNED_UP) if purpose == "confirm" else None
    if form is not None:
        return form.pk % _OF_NO_FORM
    state: tuple[object, ...] = (subscriber.email,)
    if purpose == "confirm":
        state = (subscriber.confirmed_at, subscriber.state == Subscriber.State.PENDING)
    if purpose == "email-confirm":
        state = (subscriber.email, subscriber.new_email)
    if purpose == "undo":
        left = _last_event(subscriber, ConsentEvent.Kind.UNSUBSCRIBED)
        state = (subscriber.state, left.pk if left else 0)
    text = "|".join([purpose, str(subscriber.links_epoch), *map(str, state)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") | _OF_NO_FORM


def _is_unused(subscriber: Subscriber, purpose: str, stamp: int) -> bool:
    if stamp & _OF_NO_FORM:
        return stamp == _stamp(subscriber, purpose)
    confirmed = _last_event(subscriber, ConsentEvent.Kind.CONFIRMED)
    return purpose == "confirm" and (confirmed is None or stamp > confirmed.pk % _OF_NO_FORM)


def _feed_number(subscriber: Subscriber, purpose: str) -> int:
    numbers = ReadingList.objects.filter(subscriber=subscriber).values_list(FEEDS[purpose], flat=True)
    return numbers.first() or 0


def _last_event(subscriber: Subscriber, kind: str) -> ConsentEvent | None:
    return ConsentEvent.objects.filter(subscriber=subscriber, kind=kind).order_by("-pk").first()


def _lasting_tokens(public_id: uuid.UUID, epoch: int) -> dict[str, str]:
    signatures = _sign_lasting(settings.SECRET_KEY, public_id.bytes, epoch)
    return {
        purpose: _encode(_HEAD.pack(number, public_id.bytes, epoch, 0) + signatures[number])
        for number, purpose in enumerate(LASTING)
    }


def _is_signed(raw: bytes) -> bool:
    head, signature = raw[: _HEAD.size], raw[_HEAD.size :]
    number, public_id, stamp, until = _HEAD.unpack(head)
    for secret in map(str, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)):
        if number < len(LASTING):
            right = _sign_lasting(secret, public_id, stamp)[number] if until == 0 else b""
        else:
            right = _sign_alone(secret, head, _PURPOSES[number] if _PURPOSES[number] in FEEDS else "passing")
        if hmac.compare_digest(signature, right):
            return True
    return False


@lru_cache(maxsize=8)
def _key(secret: str, family: str) -> bytes:
    return hmac.digest(secret.encode(), f"paperpost links {family}".encode(), hashlib.sha256)


def _sign_lasting(secret: str, public_id: bytes, epoch: int) -> list[bytes]:
    whole = hmac.digest(_key(secret, "lasting"), struct.pack(">16sI", public_id, epoch), hashlib.sha512)
    return [
        whole[at : at + _SIGNATURE_BYTES]
        for at in range(0, len(LASTING) * _SIGNATURE_BYTES, _SIGNATURE_BYTES)
    ]


def _sign_alone(secret: str, head: bytes, family: str) -> bytes:
    return hmac.digest(_key(secret, family), head, hashlib.sha256)[:_SIGNATURE_BYTES]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(token: str) -> bytes:
    """The bytes of ``token``, which must be written in the one right way."""
    if len(token) <= _LONGEST_TOKEN and token.isascii():
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) == _TOKEN_BYTES and _encode(raw) == token:
            return raw
    raise LinkError("The link is not complete.", kind="broken")
