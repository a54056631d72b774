"""Papers without a recognised heading: their text is one section. Pure.

A letter without headings, a form, a thesis in a language of its own: what stands on the pages is the paper
all the same. What has no running text at all (a cover, a bibliography, tables, glyphs without a meaning) is
no paper that could be read.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from newsletter.errors import Unreadable
from newsletter.sources.fulltext.document import Document, Paragraph, Section

LEAST_WORDS = 40  # of running text; an abstract has more, a cover page fewer
_PARAGRAPH = 20  # words; lines of a title page have fewer, or are names
_WORD = re.compile(r"[^\W\d_]{2,}")


def with_all_text(document: Document) -> Document:
    """The document with its text in a section, if it stood under no heading.

    Raises :class:`Unreadable`, "empty", if there is no running text.
    """
    complete = _front_as_section(_abstract_as_section(document))
    words = sum(_words(each.text) for each in complete.abstract if each.kind == "text")
    words += sum(_words(each.text) for section in complete.sections for each in section.paragraphs)
    if words < LEAST_WORDS:
        raise Unreadable(f"The PDF holds {words} words of running text: it is no paper.", reason="empty")
    return complete


def _abstract_as_section(document: Document) -> Document:
    """After "Abstract" and no other heading the first paragraph is the abstract, the others are the paper."""
    first = next((at for at, each in enumerate(document.abstract) if _is_prose(each.text)), None)
    if first is None or _has_body(document):
        return document
    rest = document.abstract[first + 1 :]
    return (
        _with_section(replace(document, abstract=document.abstract[: first + 1]), rest) if rest else document
    )


def _front_as_section(document: Document) -> Document:
    """What stands before the first heading, from its first prose on, if it is more than all that follows."""
    first = next((at for at, each in enumerate(document.front) if _is_prose(each.text)), None)
    if first is None:
        return document
    text = document.front[first:]
    if _prose(text) <= _prose(each for section in _main(document) for each in section.paragraphs):
        return document
    return _with_section(replace(document, front=document.front[:first]), text)


def _with_section(document: Document, paragraphs: Sequence[Paragraph]) -> Document:
    """A section without a heading, before the others; floats that stood nowhere stand in it."""
    page = paragraphs[0].anchor.partition(".")[0]
    section = Section(f"{page}.b0", "", paragraphs=tuple(paragraphs))
    return replace(
        document,
        sections=(section, *document.sections),
        figures=tuple(replace(each, section=each.section or section.anchor) for each in document.figures),
        tables=tuple(replace(each, section=each.section or section.anchor) for each in document.tables),
    )


def _has_body(document: Document) -> bool:
    return any(section.paragraphs for section in _main(document))


def _main(document: Document) -> Iterable[Section]:
    return (section for section in document.sections if section.kind != "acknowledgements")


def _prose(paragraphs: Iterable[Paragraph]) -> int:
    return sum(_words(each.text) for each in paragraphs if _is_prose(each.text))


def _is_prose(text: str) -> bool:
    """Sentences, not names, addresses or rows of numbers: most of its words do not begin with a capital.

    Scripts without capitals write no spaces between words either, or are told by their length alone.
    """
    words = _WORD.findall(text)
    small = sum(word[0] == word[0].lower() for word in words)
    return _words(text) >= _PARAGRAPH and small >= 0.5 * len(words)


def _words(text: str) -> int:
    """Words; in scripts that are written without spaces, two characters count as one."""
    return sum(max(1, len(word) // 2) if ord(word[0]) > 0x2E7F else 1 for word in _WORD.findall(text))
