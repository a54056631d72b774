"""RIS, the tagged format of reference managers: a line for each value, ``TY`` first, ``ER`` last. Pure."""

from collections.abc import Iterator, Sequence

from newsletter.rendering.citations.names import Name
from newsletter.rendering.citations.records import Citation


def write_ris(citations: Sequence[Citation]) -> str:
    """The records of ``citations``; lines end in CRLF, as the format asks, and no value has one."""
    lines = [f"{tag}  - {value}" for citation in citations for tag, value in _values(citation)]
    return "".join([f"{line}\r\n" for line in lines])


def _values(citation: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", "UNPB"  # unpublished work: how Zotero and others keep a preprint
    yield from (("AU", _name(name)) for name in citation.authors)
    facts = [("TI", citation.title), ("AB", citation.abstract), ("DO", citation.doi), ("UR", citation.url)]
    if citation.published:
        facts[1:1] = [("PY", str(citation.published.year)), ("DA", f"{citation.published:%Y/%m/%d}/")]
    facts += [
        ("AN", f"arXiv:{citation.arxiv_id}"),
        ("PB", "arXiv"),
        ("KW", citation.primary_category),
        ("N1", citation.journal_ref),
        ("N1", citation.note),
    ]
    yield from ((tag, value) for tag, value in facts if value)
    yield "ER", ""


def _name(name: Name) -> str:
    """ "Family, Given, Suffix". A team's name has no comma: it would be read as a person's."""
    if name.literal:
        return name.literal.replace(",", " ").replace("  ", " ")
    return ", ".join(part for part in (name.whole_family, name.given, name.suffix) if part)
