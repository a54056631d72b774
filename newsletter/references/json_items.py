"""CSL-JSON (https://docs.citationstyles.org), and the JSON that Zotero and Better BibTeX export. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from newsletter.references.fields import Places, make_reference
from newsletter.references.records import FaultKind, Reference, ReferenceList, UnreadableList
from newsletter.text.border import clean_json, clean_text

LONGEST_VALUE = 20_000  # characters
LONGEST_ITEM = 200_000  # characters
MOST_BROKEN = 200  # items: each is looked at to its end
MOST_VALUES = 5_000  # of one item
# A string, also one that never closes, or a bracket: whatever is before them, each sign is looked at once.
_MARK = re.compile(r'"(?:[^"\\]|\\.?)*+"?|[{}\[\]]', re.DOTALL)
_BLANK = re.compile(r"[\s,]*")
_NEXT_ITEM = re.compile(r"\n[ \t]*\{|\},[ \t]*(?=\{)")
_START = re.compile(r'\s*(?:\[\s*(?:\{|\]|")|\{\s*")')
_IDS = (
    *("number", "archive_location", "archiveLocation", "archiveID"),
    *("call-number", "callNumber", "report-number"),
)
_TEXTS = (
    *("URL", "url", "note", "extra", "container-title", "publicationTitle"),
    *("publisher", "id", "citation-key", *_IDS),
)
_DOIS = ("DOI", "doi", "URL", "url", "note", "extra")
_NO_PAPERS = frozenset({"note", "attachment", "annotation"})


def is_json(text: str) -> bool:
    """Whether ``text`` begins as a JSON list or object of items."""
    return _START.match(text.lstrip("\ufeff")[:2000]) is not None


def read_json(text: str) -> ReferenceList:
    """The items of ``text``, one after the other: a broken one is a fault, and the next one is read."""
    read = ReferenceList("csl-json")
    line, counted, broken = 1, 0, 0
    for at, item in _items(text):
        line += text.count("\n", counted, at)
        counted = at
        if not isinstance(item, Mapping):
            broken += 1
            if broken > MOST_BROKEN:
                raise UnreadableList(
                    f"The JSON is broken in more than {MOST_BROKEN} places; export the list anew.",
                    kind=FaultKind.UNREADABLE,
                )
            read.refuse(line, FaultKind.UNREADABLE, text[at : at + 60])
        elif item.get("itemType") not in _NO_PAPERS:
            read.add(_reference(line, item))
    return read


def _items(text: str) -> Iterator[tuple[int, Any]]:
    """Where each item begins, and the item; None for one that is no JSON."""
    decoder = json.JSONDecoder()
    start = _start_of_items(text)
    at = len(text) - len(text.lstrip("\ufeff \t\n")) if start is None else start
    while True:
        at = _past_blanks(text, at)
        if at >= len(text) or text[at] == "]":
            return
        try:
            item, length = decoder.raw_decode(text[at : at + LONGEST_ITEM])
            end = at + length
            yield at, clean_json(item, longest=LONGEST_VALUE, most=MOST_VALUES)
        except (ValueError, RecursionError):
            yield at, None
            following = _NEXT_ITEM.search(text, at + 1)
            end = following.end() - (following[0][-1] == "{") if following else len(text)
        if start is None:
            return
        at = end


def _start_of_items(text: str) -> int | None:
    """Past the bracket that opens the list, or the "items" of an object; None if all is one item."""
    depth, name = 0, ""
    for mark in _MARK.finditer(text):
        match mark[0]:
            case "[" if depth == 0 or (depth == 1 and name == '"items"'):
                return mark.end()
            case "{" | "[":
                depth += 1
            case "}" | "]":
                depth -= 1
                if depth <= 0:
                    return None
            case string:
                name = string  # at depth 1, the last string before a bracket is the name of what it opens
    return None


def _past_blanks(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _reference(line: int, item: Mapping[str, Any]) -> Reference:
    places = Places(
        eprints=_texts(item, _IDS),
        texts=_texts(item, _TEXTS),
        dois=_texts(item, _DOIS),
    )
    return make_reference(
        line, title=_text(item.get("title")), authors=_authors(item), date=_date(item), places=places
    )


def _texts(item: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [value for name in names if (value := _text(item.get(name)))]


def _text(value: Any) -> str:
    if isinstance(value, list) and value:  # Crossref's items have lists of titles
        value = value[0]
    return clean_text(value, longest=LONGEST_VALUE) if isinstance(value, str | int) else ""


def _authors(item: Mapping[str, Any]) -> Iterator[str]:
    people = item.get("author", item.get("creators"))
    for person in people if isinstance(people, list) else []:
        if isinstance(person, str):
            yield person
        elif isinstance(person, Mapping) and person.get("creatorType", "author") == "author":
            yield _name(person)


def _name(person: Mapping[str, Any]) -> str:
    """ "Family, Given", or the name in one piece."""
    family = _text(person.get("family", person.get("lastName")))
    given = _text(person.get("given", person.get("firstName")))
    particle = _text(person.get("non-dropping-particle", person.get("dropping-particle")))
    family = f"{particle} {family}".strip()
    whole = _text(person.get("literal", person.get("name")))
    return f"{family}, {given}" if family and given else family or whole


def _date(item: Mapping[str, Any]) -> str:
    issued = item.get("issued", item.get("date", item.get("year")))
    if isinstance(issued, Mapping):
        parts = issued.get("date-parts")
        if isinstance(parts, list) and parts and isinstance(parts[0], list) and parts[0]:
            return _text(parts[0][0])
        return _text(issued.get("raw", issued.get("literal")))
    return _text(issued)
