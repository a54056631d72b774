"""Which line of a PDF is a heading, and what it says. Pure.

A heading is told by its words ("References"), or by a number that comes next after the last one together
with how it is printed. Lists, equations and "Figure 3 shows" look like headings, too; their numbers do not
come next, or their print is the body's.
"""

import re
from dataclasses import dataclass

from newsletter.sources.fulltext.pages import TextLine

_ROMAN = {"I": 1, "V": 5, "X": 10}
_NUMBERED = re.compile(
    r"^(?:(?:Section|Appendix|APPENDIX|Chapter)\s+)?"
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}(?=\.)|[A-K](?:\.\d{1,2}){1,3}|[A-K](?=[.\s]))"
    r"\s?(?P<mark>[.):]?)\s+(?P<title>[^\W\d_].*)$"
)
_NAMES = """
abstract|introduction|background|related works?|preliminaries|methods?|methodology|experiments?
|experimental (?:setup|results|details)|results|results and discussion|evaluation|analysis|discussion
|limitations?|conclusions?|conclusions? and (?:future work|outlook|discussion)|summary
|summary and conclusions?|future work|acknowledge?ments?|references|bibliography|literature cited|appendix
|appendices|supplementary materials?|supporting information|broader impacts?|ethics statement
|reproducibility statement|data availability|code availability|declaration on generative ai
|author contributions|funding|keywords|key words|index terms|ccs concepts
"""
_NAMED = re.compile(
    rf"^(?P<name>{''.join(_NAMES.splitlines())})(?P<mark>\s*[.:—–-]?)(?P<rest>(?:\s.*)?)$", re.IGNORECASE
)
# These stand without a number even in papers whose sections are numbered.
_UNNUMBERED = re.compile(
    r"^(?:abstract|acknowledg|references|bibliography|literature|append|supplement|supporting|limitation|broader"
    r"|ethics|reproduc|data avail|code avail|declaration|author contr|funding|keywords|key words|index terms"
    r"|ccs)",
    re.IGNORECASE,
)
_KEYWORDS = ("keywords", "key words", "index terms", "ccs concepts")
_RUN_IN = re.compile(r"^(?P<title>[^.]{2,80}?[^.\s\d])\.\s+(?P<rest>[A-Z(“].*)$")
_LONGEST = 110


@dataclass(frozen=True, slots=True)
class Heading:
    """``place`` is "abstract", "keywords", "references", "acknowledgements" or "section".

    ``rest`` is text that begins on the heading's line, ``lines`` how many lines of its block the heading has,
    ``mark`` what stands behind its number, ``size`` that of its print.
    """

    title: str
    number: str = ""
    level: int = 1
    place: str = "section"
    rest: str = ""
    lines: int = 1
    is_appendix: bool = False
    mark: str = ""
    size: float = 0.0


class Numbering:
    """Which number may come next, after those that were accepted, and how sections' headings are printed."""

    def __init__(self) -> None:
        self.last: tuple[int, ...] = ()
        self.mark: str | None = None
        self.size = 0.0
        self.is_lettered = False
        self.is_roman = False

    def follows(self, number: str) -> bool:
        """Whether ``number`` comes next: one further on some level, or the first of a deeper one."""
        parts = self.parts(number)
        if parts is None:
            return False
        if _is_letter(number) and not self.is_lettered:
            if self.is_roman or self.last:
                return parts[0] == 1
            return False
        if not _is_letter(number) and self.is_lettered and not self.is_roman:
            return False
        if not self.last:
            return parts[0] <= 2 or len(parts) > 1  # an excerpt may begin anywhere
        deeper = len(parts) > len(self.last)
        if deeper:
            return parts[: len(self.last)] == self.last and set(parts[len(self.last) :]) <= {1}
        same = self.last[: len(parts)]
        return parts[:-1] == same[:-1] and 1 <= parts[-1] - same[-1] <= 2

    def looks_right(self, *, mark: str, size: float, depth: int) -> bool:
        """Whether a number's mark ("1." or "1") and a section's size are those of the headings before."""
        if self.mark is None:
            return True
        return (bool(mark) == bool(self.mark) or depth > 1) and (depth > 1 or abs(size - self.size) < 0.7)

    def accept(self, heading: Heading) -> None:
        """Remember the number, mark and size of a heading: the next one is compared with them."""
        parts = self.parts(heading.number) if heading.number else None
        if parts is not None and len(parts) == 1 and self.mark is None:
            self.mark, self.size = heading.mark, heading.size
        if parts is None:
            return
        if _is_roman(heading.number):
            self.is_roman, self.last = True, parts
        elif _is_letter(heading.number):
            self.is_lettered = not self.is_roman
            self.last = parts if not self.is_roman else self.last
        else:
            self.last = parts

    def parts(self, number: str) -> tuple[int, ...] | None:
        """ "3.2" as (3, 2), "B.1" as (2, 1), "IV" as (4,)."""
        if _is_roman(number) and (self.is_roman or not self.last):
            return (_roman(number),)
        numbers = []
        for part in number.split("."):
            if part.isdecimal():
                numbers.append(int(part))
            elif len(part) == 1 and part.isupper():
                numbers.append(ord(part) - 64)
            else:
                return None
        return tuple(numbers)


def _is_roman(number: str) -> bool:
    return re.fullmatch(r"[IVX]+", number) is not None


def _is_letter(number: str) -> bool:
    return number[:1].isalpha() and not _is_roman(number)


def _roman(number: str) -> int:
    values = [_ROMAN[sign] for sign in number]
    total = 0
    for at, value in enumerate(values):
        total += -value if at + 1 < len(values) and values[at + 1] > value else value
    return total


def is_numbered(text: str) -> bool:
    """Whether a line begins as a numbered heading does."""
    return _NUMBERED.match(text) is not None


def read_heading(line: TextLine, *, body: float, numbering: Numbering, is_alone: bool) -> Heading | None:
    """The heading that ``line`` is or begins with; ``body`` is the size of the running text, in points.

    ``is_alone`` tells that the line stands in a block of its own.
    """
    text = line.text.strip()
    stands_out = line.is_bold or line.size > 1.08 * body
    named = _NAMED.match(text)
    if named:
        is_like_numbered = numbering.mark is None or (stands_out and abs(line.size - numbering.size) < 0.3)
        heading = _read_named(named, stands_out=stands_out, is_alone=is_alone)
        if heading is not None and (is_like_numbered or _UNNUMBERED.match(named["name"])):
            return heading
    numbered = _NUMBERED.match(text)
    if numbered is None or not _may_follow(numbered, line, numbering):
        return None
    return _read_numbered(numbered, line, stands_out=stands_out, is_alone=is_alone, numbering=numbering)


def _may_follow(match: re.Match[str], line: TextLine, numbering: Numbering) -> bool:
    number = match["number"]
    if not numbering.follows(number):
        return False
    if not number[0].isdigit() and not match["title"].strip()[:1].isupper():
        return False
    return numbering.looks_right(mark=match["mark"], size=line.size, depth=number.count(".") + 1)


def _read_numbered(
    match: re.Match[str], line: TextLine, *, stands_out: bool, is_alone: bool, numbering: Numbering
) -> Heading | None:
    number, title, rest = match["number"], match["title"].strip(), ""
    is_loud = stands_out or title.isupper() or _is_roman(number)
    run_in = _RUN_IN.match(title)
    if run_in and not title.isupper() and match["mark"]:
        title, rest = run_in["title"], run_in["rest"]
    if not (is_loud or (is_alone and match["mark"]) or (rest and "." in number)):
        return None
    if len(title) > _LONGEST or title.endswith((",", ";")):
        return None
    if not (_is_title_like(title) or (line.is_bold and match["mark"] and len(title) < 30)):
        return None
    title = title.rstrip(".:")
    named = _NAMED.match(title)
    place = _place_of(named["name"]) if named else "section"
    is_lettered = _is_letter(number)
    return Heading(
        title,
        number,
        2 if is_lettered and numbering.is_roman else number.count(".") + 1,
        "section" if place in {"abstract", "keywords"} else place,
        rest,
        is_appendix=(is_lettered and not numbering.is_roman) or match.string.lower().startswith("appendix"),
        mark=match["mark"],
        size=line.size,
    )


def _read_named(match: re.Match[str], *, stands_out: bool, is_alone: bool) -> Heading | None:
    name, rest = match["name"], match["rest"].strip()
    place = _place_of(name)
    is_whole = not rest
    if not name[:1].isupper():
        return None
    if is_whole and (stands_out or is_alone or name.isupper()):
        return Heading(name, place=place, is_appendix=name.lower().startswith("append"))
    # "Abstract. We construct …", "Acknowledgements. The authors thank …"
    runs_in = place in {"abstract", "keywords", "acknowledgements"} or stands_out
    if rest and runs_in and match["mark"].strip() and rest[:1].isupper():
        return Heading(name, place=place, rest=rest)
    return None


def _place_of(name: str) -> str:
    lower = name.lower()
    if lower == "abstract":
        return "abstract"
    if lower in _KEYWORDS:
        return "keywords"
    if lower in {"references", "bibliography", "literature cited"}:
        return "references"
    return "acknowledgements" if lower.startswith(("acknowled", "funding")) else "section"


def _is_title_like(title: str) -> bool:
    """Words, not a formula or a row of a table."""
    letters = sum(sign.isalpha() or sign.isspace() for sign in title)
    return letters >= 0.75 * len(title) and len(re.findall(r"[^\W\d_]{3,}", title)) >= 1
