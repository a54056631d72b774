"""Answers of arXiv's query API: the Atom of 2026, byte for byte in its shape."""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha1
from threading import Lock
from xml.sax.saxutils import escape, quoteattr

from services.sources.papers import Paper, Shelf
from services.sources.query import MalformedQueryError, search

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
MAX_PAGE = 2000
MAX_DEPTH = 30_000
_KEPT_ANSWERS = 64
_ID = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v(\d+))?")
_SORTS = {"submittedDate": "submitted", "lastUpdatedDate": "updated", "relevance": ""}
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">\n'
)


class BadRequestError(ValueError):
    """What arXiv answers with HTTP 400 and an entry titled "Error"."""


def text(value: str) -> str:
    """``value`` as XML character data, without the characters that XML 1.0 cannot hold."""
    return escape(_NOT_XML.sub("", value))


def zulu(moment: datetime) -> str:
    """``moment`` in UTC, as Atom writes it (RFC 3339)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class QueryApi:
    """The endpoint ``/api/query`` over a shelf of papers."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._answers: dict[tuple[str, ...], list[Paper]] = {}
        self._lock = Lock()

    def answer(self, parameters: Mapping[str, str], *, now: datetime) -> tuple[int, bytes]:
        """HTTP status and body for the query string's ``parameters``."""
        try:
            return 200, self._feed(parameters, now=now).encode()
        except (BadRequestError, MalformedQueryError) as problem:
            return 400, error_feed(str(problem), now=now).encode()

    def _feed(self, parameters: Mapping[str, str], *, now: datetime) -> str:
        start = _count(parameters, "start", 0)
        size = _count(parameters, "max_results", 10)
        if size > MAX_PAGE or start + size > MAX_DEPTH:
            raise BadRequestError(
                f"max_results must be at most {MAX_PAGE} and start+max_results at most {MAX_DEPTH}"
            )
        query, ids = parameters.get("search_query", ""), parameters.get("id_list", "")
        order = (parameters.get("sortBy") or "relevance", parameters.get("sortOrder") or "descending")
        found = self._find(query, ids, *order)
        shown = query if not query or ":" in query else f"all:{query}"
        title = f"arXiv Query: search_query={shown}&id_list={ids}&start={start}&max_results={size}"
        link = (
            f"https://arxiv.org/api/query?search_query={shown}&start={start}&max_results={size}&id_list={ids}"
        )
        feed_id = b64encode(sha1(title.encode(), usedforsecurity=False).digest()).decode().rstrip("=")
        return "".join(
            [
                _HEAD,
                f"  <id>https://arxiv.org/api/{feed_id}</id>\n",
                f"  <title>{text(title)}</title>\n",
                f"  <updated>{zulu(now)}</updated>\n",
                f'  <link href={quoteattr(_NOT_XML.sub("", link))} type="application/atom+xml"/>\n',
                _counts(size=size, total=len(found), start=start),
                *(entry(paper) for paper in found[start : start + size]),
                "</feed>\n",
            ]
        )

    def _find(self, query: str, ids: str, sort_by: str, sort_order: str) -> list[Paper]:
        """All papers that match, in order; kept, because a client pages through the same answer."""
        key = (query, ids, sort_by, sort_order)
        with self._lock:
            if key not in self._answers:
                if sort_by not in _SORTS:
                    raise BadRequestError("sortBy must be in: relevance, lastUpdatedDate, submittedDate")
                if sort_order not in ("ascending", "descending"):
                    raise BadRequestError("sortOrder must be in: ascending, descending")
                listed = self._listed(ids) if ids.strip() else None
                found = self._sorted(query, listed, _SORTS[sort_by], sort_order)
                if len(self._answers) >= _KEPT_ANSWERS:
                    self._answers.pop(next(iter(self._answers)))
                self._answers[key] = found
            return self._answers[key]

    def _listed(self, ids: str) -> list[Paper]:
        papers: dict[str, Paper] = {}
        for name in filter(None, (part.strip() for part in ids.split(","))):
            match = _ID.fullmatch(name)
            if match is None:
                raise BadRequestError(f"incorrect id format for {name}")
            paper = self.shelf.find(match[1], int(match[2]) if match[2] else None)
            if paper is not None:
                papers.setdefault(paper.versioned_id, paper)
        return list(papers.values())

    def _sorted(self, query: str, listed: list[Paper] | None, field: str, sort_order: str) -> list[Paper]:
        descending = sort_order == "descending"
        found = search(self.shelf, query) if query.strip() else None
        if listed is not None:
            kept = [p for p in listed if found is None or self.shelf.position[p.id] in found]
            if not field:
                return kept
            return sorted(kept, key=lambda p: (getattr(p, field), p.id), reverse=descending)
        if found is None:
            return []
        # Our relevance is recency: arXiv does not document its own score.
        order = self.shelf.order(field or "submitted")
        return [self.shelf.latest[n] for n in (reversed(order) if descending else order) if n in found]


def _count(parameters: Mapping[str, str], name: str, default: int) -> int:
    value = parameters.get(name) or str(default)
    if not re.fullmatch(r"-?\d{1,9}", value):
        raise BadRequestError(f"{name} must be an integer")
    if int(value) < 0:
        raise BadRequestError(f"{name} must be non-negative")
    return int(value)


def _counts(*, size: int, total: int, start: int) -> str:
    return (
        f"  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n"
    )


def entry(paper: Paper) -> str:
    """One ``<entry>``, its elements in the order that arXiv writes them since late 2025: authors last."""
    name = paper.versioned_id
    lines = [
        "  <entry>",
        f"    <id>http://arxiv.org/abs/{name}</id>",
        f"    <title>{text(paper.title)}</title>",
        f"    <updated>{zulu(paper.updated)}</updated>",
        f'    <link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>',
        f'    <link href="https://arxiv.org/pdf/{name}" rel="related" type="application/pdf" title="pdf"/>',
        f"    <summary>{text(paper.abstract)}</summary>",
    ]
    lines += [
        f'    <category term={quoteattr(term)} scheme="http://arxiv.org/schemas/atom"/>'
        for term in paper.categories
    ]
    lines.append(f"    <published>{zulu(paper.published)}</published>")
    if paper.comment:
        lines.append(f"    <arxiv:comment>{text(paper.comment)}</arxiv:comment>")
    lines += [f"    <arxiv:primary_category term={quoteattr(term)}/>" for term in paper.categories[:1]]
    if paper.journal_ref:
        lines.append(f"    <arxiv:journal_ref>{text(paper.journal_ref)}</arxiv:journal_ref>")
    for number, author in enumerate(paper.authors):
        lines += ["    <author>", f"      <name>{text(author)}</name>"]
        for affiliation in paper.affiliations[number] if number < len(paper.affiliations) else ():
            lines.append(f"      <arxiv:affiliation>{text(affiliation)}</arxiv:affiliation>")
        lines.append("    </author>")
    if paper.doi:
        lines.append(f"    <arxiv:doi>{text(paper.doi)}</arxiv:doi>")
        lines.append(
            f'    <link rel="related" href={quoteattr("https://doi.org/" + paper.doi)} title="doi"/>'
        )
    return "\n".join([*lines, "  </entry>\n"])


def error_feed(message: str, *, now: datetime) -> str:
    """The valid feed with one entry titled "Error" that comes with HTTP 400."""
    address = "https://arxiv.org/api/errors#" + re.sub(r"[^\w.-]+", "_", message)
    return (
        f"{_HEAD}  <id>https://arxiv.org/</id>\n  <title>arXiv Search Results</title>\n"
        f"  <updated>{zulu(now)}</updated>\n{_counts(size=1, total=1, start=0)}"
        f"  <entry>\n    <id>{text(address)}</id>\n    <title>Error</title>\n"
        f"    <updated>{zulu(now)}</updated>\n"
        f'    <link href={quoteattr(address)} rel="alternate" type="text/html"/>\n'
        f"    <summary>{text(message)}</summary>\n"
        "    <author>\n      <name>arXiv api core</name>\n    </author>\n  </entry>\n</feed>\n"
    )
