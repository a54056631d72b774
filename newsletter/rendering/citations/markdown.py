"""A list of papers in Markdown (CommonMark 0.31), which no text of theirs can leave. Pure."""

import re
from collections.abc import Sequence

from newsletter.rendering.citations.records import Citation

AUTHORS_NAMED = 10

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#|~&$^!@=])")
_LIST_START = re.compile(r"^(\d*)([-+.])")
_BARE_LINK = re.compile(r"(?<=[A-Za-z]):(?=//)|(?<=www)\.", re.IGNORECASE)


def write_markdown(citations: Sequence[Citation]) -> str:
    """One item of a list for each paper; the reader's note follows as a quotation."""
    return "\n".join(map(_item, citations))


def _item(citation: Citation) -> str:
    named = ", ".join(escape_markdown(name.in_order) for name in citation.authors[:AUTHORS_NAMED])
    authors = f"{named}, et al." if len(citation.authors) > AUTHORS_NAMED else named
    year = f" ({citation.published.year})" if citation.published else ""
    facts = [escape_markdown(f"arXiv:{citation.arxiv_id}")]
    if citation.primary_category:
        facts[0] += f" \\[{escape_markdown(citation.primary_category)}\\]"
    facts += [
        escape_markdown(fact) for fact in (citation.journal_ref, f"doi:{citation.doi}") if fact != "doi:"
    ]
    lines = [f"- [{escape_markdown(citation.title)}]({citation.url})"]
    if authors or year:
        lines.append(f"  {authors}{year}")
    lines = [f"{line}  " for line in lines] + [f"  {'. '.join(facts)}"]
    if citation.note:
        lines += ["", f"  > {escape_markdown(citation.note)}"]
    return "\n".join([*lines, ""])


def escape_markdown(text: str) -> str:
    """One line of ``text`` as its letters: no emphasis, link, image, HTML, entity, table or list."""
    escaped = _BARE_LINK.sub(lambda match: f"\\{match.group()}", _SIGNS.sub(r"\\\1", text))
    return _LIST_START.sub(r"\1\\\2", escaped)
