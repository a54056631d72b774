"""CSL-JSON (the input schema of Citation Style Language 1.0.2). Pure."""

import json
from collections.abc import Sequence
from typing import Any

from newsletter.rendering.citations.names import Name
from newsletter.rendering.citations.records import Citation, keyed


def write_csl(citations: Sequence[Citation]) -> str:
    """A JSON array of items, as UTF-8 text."""
    return (
        json.dumps([_item(key, cited) for key, cited in keyed(citations)], ensure_ascii=False, indent=2)
        + "\n"
    )


def _item(key: str, citation: Citation) -> dict[str, Any]:
    day = citation.published
    item = {
        "id": key,
        "type": "article",  # what the schema has for a preprint
        "title": citation.title,
        "author": list(map(_name, citation.authors)),
        "issued": {"date-parts": [[day.year, day.month, day.day]]} if day else None,
        "number": f"arXiv:{citation.arxiv_id}",
        "archive": "arXiv",
        "publisher": "arXiv",
        "keyword": citation.primary_category,
        "DOI": citation.doi,
        "URL": citation.url,
        "abstract": citation.abstract,
        "note": citation.journal_ref,
        "annote": citation.note,
    }
    return {name: value for name, value in item.items() if value}


def _name(name: Name) -> dict[str, str]:
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
        "literal": name.literal,
    }
    return {part: value for part, value in parts.items() if value}
