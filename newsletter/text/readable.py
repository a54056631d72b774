"""Text hygiene: what arXiv's titles and abstracts say, without the TeX, and their sentences.

Pure and total: any string goes in, a string comes out, nothing is raised. What has no certain reading (a
macro of the paper's own preamble, a price, a piece of code) stays as it was.
"""

import re
from functools import lru_cache

from newsletter.text.tex import MAX_ARGUMENT, MAX_DEPTH, NoReading, formula, read_one, script

LONGEST = 10_000  # characters; arXiv's abstracts end at about 3,500

_ANY_SIGN = re.compile(r"[\\${}^~*]|``|--|_\{")
_SIGN = re.compile(r"\(\^\{?\d{1,2}\}?\)|\\[A-Za-z]*|[{$^~]|_(?=\{)|``|''|\"|-{2,}|\*\*?")
# Markdown's emphasis: marks that embrace words, and neither powers (2**3) nor products.
_EMPHASIS = re.compile(r"(?<![\w*_])(\*\*|\*)(?=[^\s*_])([^*_\n$\\]{1,120})(?<=[^\s*_])\1(?![\w*_])")
_RAISED = re.compile(r"\^(?:(\d{1,2})(?![\d.]\d)|\{([^{}\\$^_ ]{1,12})\}|([A-Z+*])(?!\w)|(circ)(?![a-z]))")
_LOWERED = re.compile(r"_\{([^{}\\$^_ ]{1,12})\}")
_PROTECTED = re.compile(r"[\w.+-]{0,80}[A-Z][\w.+-]{0,80}")
_MANY_SPACES = re.compile(r" {2,}")


@lru_cache(maxsize=16_384)
def readable(text: str) -> str:
    """``text`` with its TeX as plain Unicode: ``$\\mathcal{O}(n^2)$`` gives "O(n²)", ``Mus{\\'e}e`` "Musée".

    Understands the half-converted forms of arXiv's listings (``$ω$Test``, ``\\barν``). Prices keep their
    dollar sign, unknown macros their backslash. White space is only changed where TeX was taken out.
    """
    if not _ANY_SIGN.search(text) or len(text) > LONGEST:
        return text
    pieces: list[str] = []
    at = 0
    quotes = 0
    while match := _SIGN.search(text, at):
        pieces.append(text[at : match.start()])
        sign = match.group()
        if sign in {"``", "''"} or (sign == '"' and quotes):
            quotes, piece = _quotation(sign, quotes, text, match.end())
            reading: tuple[str, int] | None = (piece, match.end())
        else:
            reading = _read(text, match.start(), sign)
        piece, at = reading or (sign, match.end())
        pieces.append(piece)
    pieces.append(text[at:])
    result = "".join(pieces)
    if result == text:
        return text
    return result if "  " in text else _MANY_SPACES.sub(" ", result).strip()


def _quotation(sign: str, depth: int, text: str, after: int) -> tuple[int, str]:
    """TeX's quotation marks; a pair is needed, because '' is also a second of arc or two apostrophes."""
    if sign == "``":
        closing = re.compile(r"''|\"").search(text, after, after + 400)
        return (depth + 1, "“") if closing else (depth, sign)
    return (depth - 1, "”") if depth else (depth, sign)


def _read(text: str, at: int, sign: str) -> tuple[str, int] | None:
    """The reading of what starts at ``at`` and where the rest begins; None if it has to stay."""
    if sign[0] == "(":
        return script(sign.strip("(^{})"), raised=True), at + len(sign)
    if sign == "^":
        return _raised(text, at)
    if sign == "_":
        return _lowered(text, at)
    if sign == "~":
        return (" ", at + 1) if _is_tie(text, at) else None
    if sign[0] == "-":
        return _dash(text, at, sign)
    if sign[0] == "*":
        emphasis = _EMPHASIS.match(text, at)
        return (emphasis[2], emphasis.end()) if emphasis else None
    if sign == "{" and not _is_grouping(text, at):
        return None
    try:
        return read_one(text, at)
    except NoReading:
        return _whole_formula(text, at, sign)


def _whole_formula(text: str, at: int, sign: str) -> tuple[str, int] | None:
    """A formula that cannot be read whole, as it was: half of one would say something else."""
    if sign == "$":
        inside_and_end = formula(text, at)
        return (text[at : inside_and_end[1]], inside_and_end[1]) if inside_and_end else None
    if text.startswith(("\\(", "\\["), at):
        end = text.find("\\)" if text[at + 1] == "(" else "\\]", at, at + MAX_ARGUMENT)
        return (text[at : end + 2], end + 2) if end >= 0 else None
    return None


def _raised(text: str, at: int) -> tuple[str, int] | None:
    match = _RAISED.match(text, at)
    before = text[at - 1 : at]
    if match and (before.isalnum() or before in ")]") and before:
        content = next(group for group in match.groups() if group)
        reading = script("°" if content == "circ" else content, raised=True)
        return None if reading.startswith("^") else (reading, match.end())
    return None


def _lowered(text: str, at: int) -> tuple[str, int] | None:
    match = _LOWERED.match(text, at)
    before = text[at - 1 : at]
    if not match or not (before.isalnum() or before in ")]"):
        return None
    reading = script(match[1], raised=False)
    return None if reading.startswith("_") else (reading, match.end())


def _is_tie(text: str, at: int) -> bool:
    """Whether a tilde is TeX's unbreakable space ("Fig.~2"), and not "about" or a home directory."""
    before, after = text[max(at - 2, 0) : at], text[at + 1 : at + 2]
    if before[-1:].isdecimal() and after.isalpha():
        return True  # a number and its unit: "10~GeV"
    joins = len(before) == 2 and (before.isalpha() or before[-1] in ".,)")
    return joins and before[-1:] != " " and (after.isalnum() or after in "\\$(") and bool(after)


def _dash(text: str, at: int, sign: str) -> tuple[str, int] | None:
    """TeX's dashes between words or spaces; a command line's ``--option`` has a space on one side only."""
    before, after = text[at - 1 : at], text[at + len(sign) : at + len(sign) + 1]
    if len(sign) > 3 or not before or not after or before.isspace() != after.isspace():
        return None
    return ("—" if len(sign) == 3 else "–"), at + len(sign)


def _is_grouping(text: str, at: int) -> bool:
    """Whether braces group TeX or protect capitals, and are not a set, a template or code."""
    end = _group_end(text, at)
    if end < 0:
        return False
    inside, before, after = text[at + 1 : end], text[at - 1 : at], text[end + 1 : end + 2]
    if "\\" in inside or "$" in inside:
        return True
    if (
        inside.isalnum()
        and (not inside.isascii() or len(inside) == 1)
        and (before.isalpha() or after.isalpha())
    ):
        return True
    return bool(_PROTECTED.fullmatch(inside)) and not before.isalnum() and before not in set("$%#{=_^")


def _group_end(text: str, at: int) -> int:
    """The position of the brace that closes the one at ``at``; -1 if there is none near enough."""
    depth = 0
    for position in range(at, min(len(text), at + MAX_ARGUMENT)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
        if depth > MAX_DEPTH:
            break
    return -1


_STOP = re.compile(
    r"(?<![.!?])[.!?]++[\"'”’»)\]]*(?=\s)|[。！？।؟]+[”’»）」』]*|(?<=[a-z)])\.(?=[A-Z][a-z]{0,20}[\s,-])"
)
# A full stop without the space that belongs after it ("…of others.However, we …"), and not a name with a
# point in it ("Autoware.Universe").
_BEFORE_MISSING_SPACE = re.compile(r"(?:(?<![\w./])[a-z][a-z-]{2,40}|\))\.$")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|a\.k\.a|w\.r\.t|s\.t|i\.i\.d|cf|vs|viz|resp|approx|ca|Figs?|Eqs?|Secs?|Sects?|Refs?|Tabs?"
    r"|Thms?|Defs?|Props?|Lems?|Chs?|App|Nos?|Vols?|pp|eds?|Dr|Prof|Mr|Mrs|Ms|St|Jr|Inc|Ltd|Corp|Univ|Dept|incl"
    r"|excl|max|min|avg|std|dim|deg|stat|syst?)|\b[A-Z](?:\.[A-Z]){0,9})\.$"
)
# What may also end a sentence: then a word follows that begins one. Names of journals are among them.
_SOFT_ABBREVIATION = re.compile(
    r"\b(?:al|etc|U\.S|U\.K|E\.U|i\.i\.d|[A-Z]|Phys|Rev|Lett|Math|Nucl|Nat|Sci|Soc|Proc|Astron|Astrophys|Commun"
    r"|Ann|Trans|Amer|Internat|Theoret|Gen|Relativ|Gravit|Instrum|Comput|Mod|Eur|Quantum Grav)\.$"
)
_ET_CETERA = re.compile(r"\betc\.$")
_PLAIN_WORD = re.compile(r"[A-Z][a-z]{2,40} [a-z]")
_OPENER = re.compile(
    r"[\"'“‘«(\[]?(?:We|Our|The|This|These|Those|That|In|It|Its|A|An|However|Moreover|Furthermore|Additionally|To|By"
    r"|For|Here|Finally|While|Although|Experiments?|Extensive|Results?|As|On|At|With|Such|Despite|Unlike|Thus|Code"
    r"|First|Second|Third|Then|Next|Specifically|Existing|Recent|Most|They|There|When|Using|Based|But|And|Yet)\b(?!\.)"
)
_BEGINS = re.compile(r"[\"'“‘«(\[$]*(?:[^\W_a-z]|[a-z][\w-]*[A-Z0-9])")
_LONGEST_PARENTHESIS = 400


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of an abstract, in order, each exactly as it stands in ``text``.

    Abbreviations ("et al.", "Fig. 2", "e.g."), decimals, initials and full stops inside parentheses do not
    end a sentence. For Latin-script prose and for languages with their own full stops.
    """
    pieces: list[str] = []
    start = 0
    for match in _STOP.finditer(text):
        if _ends_sentence(text, start, match):
            pieces.append(text[start : match.end()].strip())
            start = match.end()
    pieces.append(text[start:].strip())
    return tuple(piece for piece in pieces if piece)


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    if match.group()[0] not in ".!?":
        return True
    following = text[match.end() : match.end() + 40].lstrip()
    if not _BEGINS.match(following):
        return False
    so_far = text[start : match.end()]
    if text[match.end()].isalpha() and not _BEFORE_MISSING_SPACE.search(so_far[-48:]):
        return False
    tail = so_far[-24:].rstrip("\"'”’»)]")
    if _SOFT_ABBREVIATION.search(tail):
        opens = _OPENER.match(following) or (_ET_CETERA.search(tail) and _PLAIN_WORD.match(following))
        return bool(opens)
    if _ABBREVIATION.search(tail):
        return False
    return not _inside_parenthesis(so_far, text[match.end() : match.end() + _LONGEST_PARENTHESIS])


def _inside_parenthesis(so_far: str, rest: str) -> bool:
    """Whether a parenthesis opened in this sentence closes later; one that never does is a typing error."""
    for opens, closes in ("()", "[]"):
        if so_far.count(opens) > so_far.count(closes):
            closing, opening = rest.find(closes), rest.find(opens)
            if closing >= 0 and (opening < 0 or closing < opening):
                return True
    return False
