"""A paper's full text from arXiv: its HTML, else its PDF, else the abstract that is known already.

Every request goes through the polite gate, every file is read in a sandbox, and a document that was
read once is stored, because a version never changes.
"""

import json
import logging
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from lxml import etree, html

from lib.sandbox import SandboxLimits, run_in_sandbox
from newsletter.errors import SourceError, Unreadable
from newsletter.sources.fulltext.document import Document, from_abstract
from newsletter.sources.gate import Check, Gate, arxiv_gate
from newsletter.sources.http import HTML, FetchedResponse
from newsletter.sources.stores import FileStore, Store
from newsletter.text.border import clean_json

logger = logging.getLogger(__name__)

PDF = "application/pdf"
PICTURE = "image/png, image/jpeg, image/webp, image/gif"
KEEP_SECONDS = 30 * 86400.0
KEPT_BYTES = 8 * 2**20  # of one answer in the gate's cache, which may be in Redis
LONGEST_PARAGRAPH = 200_000  # characters
MOST_PIECES = 1_000_000  # paragraphs, cells and references of a document
READER = "2"  # part of the key: a new reader reads all documents anew
_HTML_LIMITS = SandboxLimits(memory=1024 * 2**20, seconds=20)
_PDF_LIMITS = SandboxLimits(memory=1024 * 2**20, seconds=60)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to a full text."""

    name: str
    accept: str
    check: Check
    largest: int  # bytes
    function: str
    limits: SandboxLimits


def _check_html(answer: FetchedResponse) -> None:
    if b"</html" not in answer.body[-4096:].lower():
        raise SourceError("arXiv's HTML page is cut off.", transient=True)


def _check_pdf(answer: FetchedResponse) -> None:
    if b"%PDF-" not in answer.body[:2048]:
        raise SourceError("arXiv sent something else than a PDF.", transient=True)


def _check_page(answer: FetchedResponse) -> None:
    if b"</html" not in answer.body[-4096:].lower():
        raise SourceError("arXiv's abstract page is cut off.", transient=True)


def _check_picture(answer: FetchedResponse) -> None:
    if not answer.body:
        raise SourceError("arXiv sent an empty picture.", transient=True)


def _is_small(answer: FetchedResponse) -> bool:
    """Whether to cache the answer itself for a day; what is read from it is stored far longer."""
    return len(answer.body) <= KEPT_BYTES


WAYS = (
    _Way(
        "html", HTML, _check_html, 24 * 2**20, "newsletter.sources.fulltext.jobs:read_html_file", _HTML_LIMITS
    ),
    _Way("pdf", PDF, _check_pdf, 48 * 2**20, "newsletter.sources.fulltext.jobs:read_pdf_file", _PDF_LIMITS),
)


class FullTexts:
    """Fetches full texts, their pictures and their licences; ``store`` holds the documents."""

    def __init__(
        self, *, gate: Gate | None = None, base_url: str | None = None, store: Store | None = None
    ) -> None:
        self.gate = gate or arxiv_gate()
        self.base_url = base_url or settings.ARXIV_SITE_URL
        self.store = store or FileStore(settings.VAR_DIR / "cache" / "fulltext")

    def read(
        self, arxiv_id: str, version: int, *, title: str, abstract: str, is_last_try: bool = False
    ) -> Document:
        """The best text there is; ``Document.origin`` says which, ``notes`` why it is no better.

        Raises ``SourceError``, transient, where arXiv cannot be asked now. On the last try HTML that comes
        cut off again is given up for the PDF.
        """
        key = f"{READER}:{arxiv_id}v{version}"
        stored = self._kept(key)
        if stored is not None:
            return stored
        notes: list[str] = []
        for form in WAYS:
            url = f"{self.base_url}/{form.name}/{arxiv_id}v{version}"
            try:
                data = self._fetch(url, accept=form.accept, check=form.check, largest=form.largest)
                value = _cleaned(
                    run_in_sandbox(
                        form.function, data, limits=form.limits, make_error=Unreadable, url=url
                    ).value
                )
            except Unreadable as error:
                notes.append(f"{form.name}: {error.message}")
                logger.info("%s of %sv%d: %s (%s)", form.name, arxiv_id, version, error.message, error.reason)
                continue
            except SourceError as error:
                if not is_last_try or form is WAYS[-1]:
                    raise
                notes.append(f"{form.name}: {error.message}")
                continue
            document = Document.from_json(value)
            document = _with_notes(document, notes)
            self.store.put(
                key, zlib.compress(json.dumps(document.to_json()).encode(), 6), seconds=KEEP_SECONDS
            )
            return document
        return from_abstract(
            title=title, abstract=abstract, url=f"{self.base_url}/abs/{arxiv_id}", notes=tuple(notes)
        )

    def picture(self, document: Document, image: str) -> bytes:
        """The bytes of a picture of the document.

        Raises ``Unreadable`` for an address elsewhere or a missing picture, ``SourceError`` for trouble that
        passes.
        """
        url = picture_address(document, image)
        return self._fetch(url, accept=PICTURE, check=_check_picture, largest=20 * 2**20)

    def licence(self, arxiv_id: str, version: int) -> str:
        """The licence's address as the abstract page of this version states it; "" if it states none."""
        url = f"{self.base_url}/abs/{arxiv_id}v{version}"
        return licence_on_page(self._fetch(url, accept=HTML, check=_check_page, largest=4 * 2**20))

    def _fetch(
        self, url: str, *, accept: str, check: Callable[[FetchedResponse], None], largest: int
    ) -> bytes:
        try:
            return self.gate.fetch(url, accept=accept, check=check, cacheable=_is_small, largest=largest).body
        except Unreadable:
            raise
        except SourceError as error:
            if error.transient:
                raise
            raise Unreadable(error.message, reason="missing") from error

    def _kept(self, key: str) -> Document | None:
        packed = self.store.get(key)
        if packed is None:
            return None
        try:
            return Document.from_json(json.loads(zlib.decompress(packed)))
        except (zlib.error, ValueError, KeyError, TypeError):
            return None  # written by another release, or cut off


def _cleaned(value: Any) -> Any:
    try:
        return clean_json(value, longest=LONGEST_PARAGRAPH, most=MOST_PIECES)
    except ValueError as error:
        raise Unreadable(str(error), reason="too large") from error


def _with_notes(document: Document, notes: list[str]) -> Document:
    value = document.to_json()
    return Document.from_json({**value, "notes": (*document.notes, *notes)})


def picture_address(document: Document, image: str) -> str:
    """The address of a picture whose name is relative to the document's page.

    Raises ``Unreadable`` unless it leads to the same place: a page must not make us ask other hosts.
    """
    base = document.url.rstrip("/") + "/"
    last = base.rstrip("/").rsplit("/", 1)[-1]
    # arXiv writes "2403.01234v1/x1.png" in a page whose address has no slash at its end.
    root = base.rsplit("/", 2)[0] + "/" if image.startswith(f"{last}/") else base
    try:
        url = urljoin(root, image)
        inside = urlsplit(url).netloc == urlsplit(base).netloc and "/html/" in urlsplit(url).path
    except ValueError:
        inside = False
    if not inside or not image or image.startswith("data:"):
        raise Unreadable(f"The picture {image[:80]!r} is not the paper's.", reason="missing")
    return url


def licence_on_page(page: bytes) -> str:
    """The address of the licence that an abstract page links to, "" if none."""
    try:
        root = html.document_fromstring(page)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    parts = (part for part in root.iter("div") if "abs-license" in (part.get("class") or ""))
    links = (link for part in parts for link in part.iter("a"))
    return next((str(link.get("href") or "").strip() for link in links), "")
