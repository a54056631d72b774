"""Pictures of papers: fetched while editions are made, never while a mail is sent.

What readers load is a copy of ours (:mod:`newsletter.images.thumbnails`): no third party counts them. It lies
in ``MEDIA_ROOT/pictures`` under the hash of its address; a small file beside it says how large it is, or why
it was refused.
"""

import hashlib
import ipaddress
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from django.conf import settings
from django.utils import timezone

from newsletter import stages
from newsletter.errors import SourceError, Unreadable
from newsletter.images.thumbnails import SHOWN_HEIGHT, SHOWN_WIDTH, Thumbnail, prepare
from newsletter.models import Edition, Paper
from newsletter.records import StageReport
from newsletter.set_aside import ItemKind, isolating
from newsletter.sources import http
from newsletter.sources.http import FetchLimits, fetch, raise_for_status

REDIRECTS = 3
LONGEST_ITEM = 100  # characters of an address that name it at the desk
CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png"}
_LIMITS = FetchLimits(connect=5.0, read=10.0, total=20.0, size=8_000_000, is_a_file=True)


@dataclass(frozen=True, slots=True)
class CardPicture:
    """A picture as a card shows it. Sizes are in CSS pixels; 0 where they are not known."""

    url: str
    shown_width: int
    shown_height: int
    is_still: bool = False


def picture_of(url: str, *, is_still: bool) -> CardPicture | None:
    """The picture at ``url`` as our own copy; with ``REMOTE_PICTURES`` the original.

    None while there is no copy. ``is_still``: it stands for a film.
    """
    if not url:
        return None
    if settings.REMOTE_PICTURES:
        return CardPicture(url, SHOWN_WIDTH, 0, is_still) if url.startswith("https://") else None
    size = _stored(url, str(folder()))
    if size is None:
        return None
    name, width, height = size
    scale = min(1.0, SHOWN_WIDTH / width, SHOWN_HEIGHT / height)
    address = f"{settings.SITE_URL}/pictures/{name}"
    return CardPicture(address, max(round(width * scale), 1), max(round(height * scale), 1), is_still)


def folder() -> Path:
    """Where the pictures lie."""
    return Path(settings.MEDIA_ROOT) / "pictures"


def stem_of(url: str) -> str:
    """The name of our copy of the picture at ``url``, without its ending."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


_sizes: dict[tuple[str, str], tuple[str, int, int]] = {}


def _stored(url: str, folder_path: str) -> tuple[str, int, int] | None:
    """Name, width and height of the stored picture. Cached: it never changes."""
    cached = _sizes.get((url, folder_path))
    if cached is not None:
        return cached
    note = _note(Path(folder_path) / f"{stem_of(url)}.json")
    if not note or "name" not in note:
        return None
    if len(_sizes) > 20_000:
        _sizes.clear()
    cached = _sizes[url, folder_path] = (str(note["name"]), int(note["width"]), int(note["height"]))
    return cached


def _note(path: Path) -> dict[str, Any] | None:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return note if isinstance(note, dict) else None


# -- fetching ---------------------------------------------------------------------------------------------


def fetch_missing(day: date) -> StageReport:
    """Fetch the pictures of the papers in the editions of ``day`` that are not there yet.

    Counts: ``fetched``, ``refused`` (not asked for again), ``failed`` (asked for at the next run). May run
    twice. Does nothing where remote pictures are allowed, because then no copy is needed.
    """
    counts = {"fetched": 0, "refused": 0, "failed": 0}
    problems: list[str] = []
    if settings.REMOTE_PICTURES:
        return StageReport(counts)
    items = ItemKind(key=lambda url: url[:LONGEST_ITEM])
    with isolating(stages.PICTURES, now=timezone.now(), items=items) as run:
        for url, verdict, problem in run.each(_urls(day), _keep_missing):
            counts[verdict] = counts.get(verdict, 0) + 1
            if problem:
                problems.append(f"{url}: {problem}")
    counts.pop("there", None)
    return StageReport(counts, (*problems, *run.set_aside))


def _urls(day: date) -> Iterable[str]:
    papers = Paper.objects.filter(entries__edition__in=Edition.objects.filter(day=day)).exclude(image_url="")
    return papers.order_by("image_url").values_list("image_url", flat=True).distinct()


def _keep_missing(url: str) -> tuple[str, str, str]:
    """The address, what became of it ("there": nothing, it was here already), and why."""
    if _note(folder() / f"{stem_of(url)}.json") is not None:
        return url, "there", ""
    return url, *_keep(url)


def _keep(url: str) -> tuple[str, str]:
    """Fetch and store one picture: the verdict and, if it is not "fetched", why."""
    try:
        store(url, prepare(_read(url)))
    except SourceError as error:
        if error.transient:
            return "failed", str(error)
        _write_note(url, {"refused": str(error)})
        return "refused", str(error)
    except OSError as error:
        return "failed", f"{type(error).__name__}: {error}"
    return "fetched", ""


def _read(url: str) -> bytes:
    """The bytes at ``url``. Each hop is checked: a listing must not make us ask our own network."""
    for _ in range(REDIRECTS + 1):
        answer = fetch(url, accept="image/*", limits=_LIMITS, check_peer=_peer_check(url))
        if answer.status in http.REDIRECTS:
            url = _joined(url, answer.headers.get("location", ""))
            continue
        if answer.status in (401, 403, 404, 410):
            raise Unreadable(f"The server answers {answer.status}.", reason="missing")
        raise_for_status(answer, now=timezone.now())
        return answer.body
    raise Unreadable("There are too many redirects.")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Unreadable(f"It redirects to {location[:120]!r}, which is no web address.") from error


def _peer_check(url: str) -> Callable[[str], None] | None:
    """What looks at the address of whoever answers for ``url``; None for the configured source itself.

    The address that was connected to counts, not what a name is said to mean: the next look could find
    another. Behind a proxy of the operator's it is the proxy that connects. Raises Unreadable for what is no
    web address.
    """
    try:
        parts = urlsplit(url)
        host, source = parts.hostname, urlsplit(settings.HUGGINGFACE_URL)
        if parts.scheme not in ("http", "https") or not host or parts.port == 0:
            raise Unreadable(f"{url[:120]!r} is no web address.")
    except ValueError as error:
        raise Unreadable(f"{url[:120]!r} is no web address: {error}.") from error
    if parts.netloc == source.netloc:
        return None
    if _is_address(host):
        check_public(host)
    is_proxied = parts.scheme in getproxies() and not proxy_bypass(host)
    return None if is_proxied else check_public


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def check_public(peer: str) -> None:
    """Raise Unreadable unless ``peer``, an IP address, is on the public internet."""
    if not ipaddress.ip_address(peer.partition("%")[0]).is_global:
        raise Unreadable("It lies in a private network.")


# -- storing ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Note:
    name: str
    width: int
    height: int


def store(url: str, picture: Thumbnail) -> Path:
    """Keep ``picture`` as the one found at ``url``."""
    path = folder() / f"{stem_of(url)}.{picture.kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, picture.data)
    _write_note(url, asdict(_Note(path.name, picture.width, picture.height)))
    return path


def _write_note(url: str, note: dict[str, Any]) -> None:
    folder().mkdir(parents=True, exist_ok=True)
    _replace(folder() / f"{stem_of(url)}.json", json.dumps(note).encode())


def _replace(path: Path, data: bytes) -> None:
    """Write atomically, also when two processes write at once."""
    draft = path.with_name(f".{path.name}.{hashlib.sha256(data).hexdigest()[:8]}")
    draft.write_bytes(data)
    draft.replace(path)


@lru_cache(maxsize=256)
def content_type(name: str) -> str | None:
    """The content type of a stored picture's name; None if it cannot be one."""
    stem, _, kind = name.partition(".")
    is_ours = len(stem) == 32 and all(sign in "0123456789abcdef" for sign in stem)
    return CONTENT_TYPES.get(kind) if is_ours else None
