"""Pictures of papers: fetched while editions are made, never while a mail is sent.

A picture is looked at with Pillow, made smaller and written anew, so that what readers load is a plain JPEG
or PNG of ours: no third party that counts them, no drawing with a script in it, no bomb. It lies in
``MEDIA_ROOT/pictures`` under the hash of its address; a small file beside it says how large it is, or why it
was refused.
"""

import hashlib
import ipaddress
import json
import logging
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from django.conf import settings
from PIL import Image, ImageOps

from newsletter.models import Edition, Paper
from newsletter.records import StageReport

SHOWN_WIDTH = 576  # CSS pixels: the column of a mail
SHOWN_HEIGHT = 640
STORED = (2 * SHOWN_WIDTH, 2 * SHOWN_HEIGHT)  # pixels: sharp on fine screens
MOST_PIXELS = 40_000_000
MOST_BYTES_READ = 8_000_000
MOST_BYTES_WRITTEN = 400_000
TIMEOUT = 20.0  # seconds, for one picture
REDIRECTS = 3
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a card shows it. Sizes are in CSS pixels; 0 where they are not known."""

    url: str
    shown_width: int
    shown_height: int
    is_still: bool = False


class PictureRefused(ValueError):  # noqa: N818 - it is a verdict, kept as such, and no failure of ours
    """The bytes are no picture that readers should get; the message says why."""


def picture_of(url: str, *, is_still: bool) -> Picture | None:
    """The picture at ``url`` as our own copy; where the operator allows remote pictures, as it is.

    None while there is no copy. ``is_still``: it stands for a film.
    """
    if not url:
        return None
    if settings.REMOTE_PICTURES:
        return Picture(url, SHOWN_WIDTH, 0, is_still) if url.startswith("https://") else None
    size = _stored(url, str(folder()))
    if size is None:
        return None
    name, width, height = size
    scale = min(1.0, SHOWN_WIDTH / width, SHOWN_HEIGHT / height)
    address = f"{settings.SITE_URL}/pictures/{name}"
    return Picture(address, max(round(width * scale), 1), max(round(height * scale), 1), is_still)


def folder() -> Path:
    """Where the pictures lie."""
    return Path(settings.MEDIA_ROOT) / "pictures"


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:32]


_found: dict[tuple[str, str], tuple[str, int, int]] = {}


def _stored(url: str, where: str) -> tuple[str, int, int] | None:
    """Name, width and height of the stored picture. What was found once is remembered: it never changes."""
    known = _found.get((url, where))
    if known is not None:
        return known
    noted = _note(Path(where) / f"{_key(url)}.json")
    if not noted or "name" not in noted:
        return None
    if len(_found) > 20_000:
        _found.clear()
    known = _found[url, where] = (str(noted["name"]), int(noted["width"]), int(noted["height"]))
    return known


def _note(path: Path) -> dict[str, Any] | None:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return read if isinstance(read, dict) else None


# -- fetching ---------------------------------------------------------------------------------------------


def fetch_missing(day: date, *, client: httpx.Client | None = None) -> StageReport:
    """Fetch the pictures of the papers in the editions of ``day`` that are not there yet.

    Counts: ``fetched``, ``refused`` (not asked for again), ``failed`` (asked for at the next run). May run
    twice. Does nothing where remote pictures are allowed, because then no copy is needed.
    """
    counts = {"fetched": 0, "refused": 0, "failed": 0}
    problems: list[str] = []
    if settings.REMOTE_PICTURES:
        return StageReport(counts)
    with client or httpx.Client(timeout=TIMEOUT, headers=_headers()) as session:
        for url in _wanted(day):
            verdict, problem = _keep(url, session)
            counts[verdict] += 1
            if problem:
                problems.append(f"{url}: {problem}")
    return StageReport(counts, tuple(problems))


def _headers() -> dict[str, str]:
    contact = f"; mailto:{settings.CONTACT_EMAIL}" if settings.CONTACT_EMAIL else ""
    return {
        "User-Agent": f"Paperpost/{settings.VERSION} (+{settings.SITE_URL}{contact})",
        "Accept": "image/*",
    }


def _wanted(day: date) -> Iterable[str]:
    papers = Paper.objects.filter(entries__edition__in=Edition.objects.filter(day=day)).exclude(image_url="")
    for url in papers.order_by("image_url").values_list("image_url", flat=True).distinct():
        if _note(folder() / f"{_key(url)}.json") is None:
            yield url


def _keep(url: str, session: httpx.Client) -> tuple[str, str]:
    """Fetch and store one picture: the verdict and, if it is not "fetched", why."""
    try:
        data = _read(url, session)
        store(url, data)
    except PictureRefused as refusal:
        _write_note(url, {"refused": str(refusal)})
        return "refused", str(refusal)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return "failed", f"{type(error).__name__}: {error}"
    return "fetched", ""


def _read(url: str, session: httpx.Client) -> bytes:
    """The bytes at ``url``. Each hop is checked: a listing must not make us ask our own network."""
    for _ in range(REDIRECTS + 1):
        check_address(url)
        with session.stream("GET", url, follow_redirects=False) as answer:
            if answer.is_redirect:
                url = urljoin(url, answer.headers.get("Location", ""))
                continue
            if answer.status_code in (401, 403, 404, 410):
                raise PictureRefused(f"the server answers {answer.status_code}")
            answer.raise_for_status()
            read = bytearray()
            for chunk in answer.iter_bytes():
                read += chunk
                if len(read) > MOST_BYTES_READ:
                    raise PictureRefused(f"more than {MOST_BYTES_READ} bytes")
            return bytes(read)
    raise PictureRefused("too many redirects")


def check_address(url: str) -> None:
    """Raise PictureRefused unless ``url`` is on the public internet, or on the configured source."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PictureRefused("no web address")
    if parts.netloc == urlsplit(settings.HUGGINGFACE_URL).netloc:
        return
    for found in socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM):
        if not ipaddress.ip_address(str(found[4][0]).partition("%")[0]).is_global:
            raise PictureRefused("an address of a private network")


# -- storing ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Note:
    name: str
    width: int
    height: int


def store(url: str, data: bytes) -> Path:
    """Write the picture ``data``, found at ``url``, anew. Raises PictureRefused."""
    written, kind, (width, height) = rewrite(data)
    path = folder() / f"{_key(url)}.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, written)
    _write_note(url, asdict(_Note(path.name, width, height)))
    return path


def _write_note(url: str, note: dict[str, Any]) -> None:
    folder().mkdir(parents=True, exist_ok=True)
    _replace(folder() / f"{_key(url)}.json", json.dumps(note).encode())


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all, also when two processes write at once."""
    draft = path.with_name(f".{path.name}.{hashlib.sha256(data).hexdigest()[:8]}")
    draft.write_bytes(data)
    draft.replace(path)


def rewrite(data: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The picture as a bounded JPEG or PNG, its extension, and its size in pixels. Raises PictureRefused.

    Of an animation the first frame. Transparency becomes white, so that dark lines stay visible in dark mode.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            _check_size(opened.size)
            opened.seek(0)
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except PictureRefused:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise PictureRefused(f"no picture that we know: {error}") from error
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A"))
    flat.thumbnail(STORED, Image.Resampling.LANCZOS)
    written, kind = _smallest(flat)
    return written, kind, flat.size


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS or min(size) < 2:
        raise PictureRefused(f"{width} x {height} pixels")


def _smallest(picture: Image.Image) -> tuple[bytes, str]:
    if picture.getcolors(maxcolors=256) is not None:
        drawn = _as_bytes(picture.quantize(256), "PNG", optimize=True)
        if len(drawn) <= MOST_BYTES_WRITTEN:
            return drawn, "png"
    for quality in (86, 76, 60, 40):
        written = _as_bytes(picture, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(written) <= MOST_BYTES_WRITTEN:
            return written, "jpg"
    raise PictureRefused(f"more than {MOST_BYTES_WRITTEN} bytes however it is written")


def _as_bytes(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@lru_cache(maxsize=256)
def content_type(name: str) -> str | None:
    """The content type of a stored picture's name; None if it cannot be one."""
    stem, _, kind = name.partition(".")
    is_ours = len(stem) == 32 and all(sign in "0123456789abcdef" for sign in stem)
    return CONTENT_TYPES.get(kind) if is_ours else None
