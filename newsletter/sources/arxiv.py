"""arXiv's query API, through the ``arxiv`` package: the only importer of it.

The package asks with ``requests``, without a time limit, without back-off, and takes what it gets: a
truncated document, an error page and an empty first page all look like few or no papers to it. So its session
is replaced by one that goes through the gate, where each answer is checked before the package reads it, and
what it yields is counted against what arXiv said there is.

Manual: https://info.arxiv.org/help/api/user-manual.html
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import arxiv
from django.conf import settings
from lxml import etree

from lib.chunks import chunked
from newsletter.arxiv.identifiers import ID, split_id, squeeze
from newsletter.errors import SourceError
from newsletter.records import PaperRecord
from newsletter.sources.gate import Gate, arxiv_gate
from newsletter.sources.http import ATOM, FetchedResponse

# It logs each address, and ours are long: a day's query names all categories of the topics.
logging.getLogger("arxiv").setLevel(logging.WARNING)

PAGE_SIZE = 1000  # the API allows 2,000; smaller pages fail less often
MOST_RESULTS = 30_000  # the API refuses to page further than this
IDS_AT_ONCE = 200
MOST_MISSING = 2_000

_MISSING = "missing"
_TAG = "{http://www.w3.org/2005/Atom}"
_ID, _PUBLISHED, _UPDATED = (_TAG + name for name in ("id", "published", "updated"))
_COUNT = "{http://a9.com/-/spec/opensearch/1.1/}"
_BAD_ID = re.compile(r"incorrect id format for (\S+)")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to a query. ``total`` is arXiv's own count; ``problems`` name the unusable rows."""

    papers: tuple[PaperRecord, ...] = ()
    total: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The papers of a list of ids, and the ids that arXiv does not have or did not give."""

    papers: tuple[PaperRecord, ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def endpoint(base: str) -> str:
    """``https://host/api/query?{}`` from a base address or from the whole address of the query API."""
    base = base.rstrip("/?")
    return f"{base if base.endswith('/api/query') else base + '/api/query'}?{{}}"


def day_query(categories: Iterable[str], *, start: datetime, end: datetime) -> str:
    """The query for papers of ``categories`` ("cs.AI", "math.*") submitted from ``start`` to ``end``.

    ``submittedDate`` counts minutes in GMT and includes both ends.
    """
    wanted = " OR ".join(f"cat:{category}" for category in sorted(set(categories)))
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    return f"({wanted}) AND submittedDate:[{first:%Y%m%d%H%M} TO {last:%Y%m%d%H%M}]"


class Arxiv:
    """The query API behind the gate. One object serves one run and is not shared by threads."""

    def __init__(
        self,
        *,
        gate: Gate | None = None,
        base_url: str | None = None,
        page_size: int = PAGE_SIZE,
    ) -> None:
        self.gate = gate or arxiv_gate()
        self.page_size = page_size
        self.base_url = base_url or settings.ARXIV_API_URL

    def search(self, query: str, *, expect_papers: bool = False) -> SearchResult:
        """All papers that match ``query``, however many pages that takes, oldest submission first.

        With ``expect_papers`` an answer without any is asked for again and then reported. Raises
        ``SourceError``; also when arXiv gave fewer papers than it had counted.
        """
        session = _Session(gate=self.gate, expect_papers=expect_papers)
        papers, problems = self._collect(
            session,
            arxiv.Search(
                query=query,
                max_results=None,
                sort_by=arxiv.SortCriterion.SubmittedDate,
                sort_order=arxiv.SortOrder.Ascending,
            ),
        )
        missing = session.total - len(papers) - len(problems)
        if missing > 0:
            raise SourceError(
                f"arXiv counted {session.total} papers and gave {len(papers)} of them.", transient=True
            )
        return SearchResult(papers=tuple(papers.values()), total=session.total, problems=tuple(problems))

    def lookup(self, ids: Sequence[str]) -> LookupResult:
        """The papers with ``ids`` (with or without a version), asked for in lots of at most 200.

        ``missing`` are ids that arXiv leaves out of its answer, and what is no id. They are not asked for
        again on the same day.
        """
        parts = {text: split_id(text) for text in dict.fromkeys(ids)}
        known_missing = set(self.gate.recall(_MISSING) or ())
        wanted = [
            text for text, id_and_version in parts.items() if id_and_version and text not in known_missing
        ]
        papers: dict[str, PaperRecord] = {}
        problems: list[str] = []
        for lot in chunked(wanted, IDS_AT_ONCE):
            records, trouble = self._look_up(lot)
            papers.update(records)
            problems.extend(trouble)
        missing = [
            text
            for text, id_and_version in parts.items()
            if id_and_version is None or id_and_version[0] not in papers
        ]
        if not known_missing.issuperset(missing):
            remembered = sorted(known_missing.union(missing))[-MOST_MISSING:]
            self.gate.remember(_MISSING, remembered)
        return LookupResult(papers=tuple(papers.values()), missing=tuple(missing), problems=tuple(problems))

    def _look_up(self, ids: list[str]) -> tuple[dict[str, PaperRecord], list[str]]:
        left = list(ids)
        problems: list[str] = []
        while left:
            session = _Session(gate=self.gate)
            try:
                papers, trouble = self._collect(
                    session, arxiv.Search(id_list=sorted(left), max_results=None), page_size=len(left)
                )
            except SourceError as error:
                # arXiv refuses all ids because of one: leave that one out and ask for the others.
                named = _BAD_ID.search(error.message)
                if error.transient or named is None or named[1].rstrip(".") not in left:
                    raise
                left.remove(named[1].rstrip("."))
                problems.append(error.message)
                continue
            return papers, problems + trouble
        return {}, problems

    def _collect(
        self, session: "_Session", search: arxiv.Search, *, page_size: int = 0
    ) -> tuple[dict[str, PaperRecord], list[str]]:
        client = arxiv.Client(page_size=page_size or self.page_size, delay_seconds=0.0, num_retries=0)
        client.query_url_format = endpoint(self.base_url)
        client._session = cast("Any", session)  # the package offers no other way to its requests
        papers: dict[str, PaperRecord] = {}
        problems: list[str] = []
        try:
            for result in client.results(search):
                try:
                    record = record_of(result)
                except SourceError as error:
                    problems.append(error.message)
                    continue
                known = papers.get(record.arxiv_id)
                if known is None or known.version < record.version:
                    papers[record.arxiv_id] = record
        except arxiv.UnexpectedEmptyPageError:
            # Entries that were left out make the package ask once more behind the last page.
            if not session.refused:
                raise SourceError(
                    f"arXiv's pages ended after {len(papers)} of {session.total} papers.", transient=True
                ) from None
        except arxiv.ArxivError as error:
            raise SourceError(f"arXiv's answer is no use: {error.message}.", transient=True) from error
        return papers, problems + list(session.refused.values())


def record_of(result: arxiv.Result) -> PaperRecord:
    """The record of one entry; raises ``SourceError`` if it has no usable id."""
    id_and_version = split_id(result.entry_id)
    if id_and_version is None:
        raise SourceError(f"arXiv gave an entry whose id is none: {result.entry_id[:100]!r}.")
    categories = [squeeze(category) for category in result.categories]
    if result.primary_category:
        categories.insert(0, squeeze(result.primary_category))
    return PaperRecord(
        arxiv_id=id_and_version[0],
        version=id_and_version[1] or 1,
        title=squeeze(result.title),
        abstract=squeeze(result.summary),
        authors=tuple(name for author in result.authors if (name := squeeze(author.name))),
        categories=tuple(category for category in dict.fromkeys(categories) if category),
        published_at=result.published,
        updated_at=result.updated,
        comment=squeeze(result.comment),
        doi=squeeze(result.doi),
        journal_ref=squeeze(result.journal_ref),
    )


@dataclass(frozen=True, slots=True)
class _Response:
    """As much of a ``requests.Response`` as the package reads."""

    status_code: int
    content: bytes


@dataclass(slots=True)
class _Session:
    """Stands in for the package's ``requests.Session``: asks through the gate and checks the answer."""

    gate: Gate
    expect_papers: bool = False
    total: int = 0
    refused: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, **_: Any) -> _Response:
        """The checked answer to ``url``; the package's own headers are left out, ours say who asks."""
        start = int(parse_qs(urlsplit(url).query).get("start", ["0"])[0])
        page: list[_Page] = []

        def check(answer: FetchedResponse) -> None:
            page[:] = [self._check(answer, start=start)]

        # An empty answer is not cached: more than once the index was empty for minutes.
        self.gate.fetch(url, accept=ATOM, check=check, cacheable=lambda _: page[0].entries > 0)
        checked = page[0]
        if start == 0:
            self.total = checked.total
        self.refused |= checked.refused
        return _Response(status_code=200, content=checked.body)

    def _check(self, answer: FetchedResponse, *, start: int) -> "_Page":
        page = read_page(answer.body)
        if page.total > MOST_RESULTS:
            raise SourceError(
                f"{page.total} papers match, more than the {MOST_RESULTS} that arXiv gives for one query: "
                "ask for fewer categories or a shorter time."
            )
        if not page.entries:
            if start or page.total:
                raise SourceError(
                    f"arXiv counts {page.total or self.total} papers and sent a page without any.",
                    transient=True,
                )
            if self.expect_papers:
                raise SourceError("arXiv answered with no papers where there must be some.", transient=True)
        return page


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    total: int
    entries: int
    refused: dict[str, str]


def read_page(body: bytes) -> _Page:
    """Check one Atom page before the package reads it, which would silently drop what is broken.

    Raises ``SourceError``: transient for what is not well-formed or not Atom, permanent for an error entry,
    which names what arXiv did not like. Entries without an id or a date are taken out and named.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        kind = "an HTML page" if b"<html" in body[:2000].lower() else "a broken document"
        raise SourceError(f"arXiv sent {kind} where Atom was due ({error.msg}).", transient=True) from error
    if root.tag != _TAG + "feed":
        tag = str(root.tag)[:60]
        raise SourceError(f"arXiv sent <{tag}> where an Atom feed was due.", transient=True)
    counted = squeeze(root.findtext(_COUNT + "totalResults"))
    entries = root.findall(_TAG + "entry")
    refused: dict[str, str] = {}
    for entry in entries:
        # Of several the first counts, as for the package.
        fields = {
            child.tag: child.text for child in entry.iterchildren(_UPDATED, _PUBLISHED, _ID, reversed=True)
        }
        name = squeeze(fields.get(_ID))
        if "/api/errors" in name or (not ID.search(name) and entry.findtext(_TAG + "title") == "Error"):
            raise SourceError(f"arXiv refuses the query: {squeeze(entry.findtext(_TAG + 'summary'))}.")
        if not (name and _is_moment(fields.get(_PUBLISHED)) and _is_moment(fields.get(_UPDATED))):
            refused[name or f"nameless {len(refused)}"] = (
                f"arXiv gave an entry without an id or a date: {name[:100]!r}."
            )
            root.remove(entry)
    return _Page(
        body=etree.tostring(root) if refused else body,
        total=int(counted) if counted.isascii() and counted.isdigit() else 0,
        entries=len(entries),
        refused=refused,
    )


def _is_moment(text: str | None) -> bool:
    try:
        return bool(datetime.fromisoformat((text or "").strip()))
    except ValueError:
        return False
