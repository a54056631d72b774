"""The text of a table's cell without what only laid it out. Pure.

LaTeXML leaves a command that it does not know as an error, and its arguments, without their braces, as text:
``\\cdashline{2-5}`` becomes "2-5" in the next row's first cell, ``\\cellcolor[HTML]{EFEFEF}0.83`` becomes
"[HTML]EFEFEF0.83". A digit beside a result makes another result of it. So the arguments of the commands that
rule, colour, span and space a table are taken out here, and so are keys of references that lead nowhere.
Where it cannot be told where an argument ends and a number begins, the cell is empty rather than wrong.
"""

import re

ERROR = "\ue000"
"""Stands before the name of a command that LaTeXML did not know; a space stands behind the name."""

_RULES = "cdashline|cdashlinelr|cline|cmidrule|cmidrulecolor|Cline|Xcline|hhline|dashline|arrayhline"
_COLOURS = (
    "rowcolor|cellcolor|columncolor|rowcolors|arrayrulecolor|doublerulesepcolor|textcolor|color|colorbox|fcolorbox"
    "|cellgradient|cc|ccell|tablecolor|pagecolor"
)
_SPACED = (
    "specialrule|addlinespace|toprule|midrule|bottomrule|morecmidrules|heavyrule|lightrule|hdashline|Xhline|thickhline"
    "|noalign|vspace|hspace|vskip|hskip|rule|raisebox|setlength|addtolength|tabcolsep|arraystretch|renewcommand"
    "|resizebox|scalebox|rotatebox|abovestrut|belowstrut|cmidrulewidth|extrarowheight|hphantom|vphantom|phantom"
)
_SPANS = "multirow|multirowcell|multicolumn|multicol|mrow|SetCell"
_KEYS = (
    "ref|eqref|autoref|cref|Cref|nameref|pageref|vref|hyperref|label|cite|citep|citet|citealp|citealt|citeauthor"
    "|citeyear|citeyearpar|parencite|textcite|autocite|footcite|nocite|shortcite|newcite|tnote|tablefootnote"
    "|footnotemark|footnotetext|footnote|hypertarget|hyperlink|bibitem"
)
_COMMAND = re.compile(
    rf"{ERROR}?\\(?:(?P<rule>{_RULES})|(?P<colour>{_COLOURS})|(?P<space>{_SPACED})|(?P<span>{_SPANS})|(?P<key>{_KEYS}))"
    r"\*?(?![A-Za-z])\s?"
)
_UNKNOWN = re.compile(rf"{ERROR}\\?[A-Za-z@]{{1,60}}\*? ?|{ERROR}[^\s\w]?")

_OPTIONS = re.compile(r"(?:\s?\[[^\]]{0,60}\]){1,4}")
_TRIMMED = re.compile(r"(?:\s?(?:\[[^\]]{0,60}\]|\([lr][^)]{0,20}\))){1,4}")  # a rule's, before its columns
_DASHES = re.compile(r"(?:\[[^\]]{0,60}\]){1,2}")  # a rule's, behind its columns
_BRACED = re.compile(r"\s?\{(?:[^{}]|\{[^{}]{0,200}\}){0,400}\}")
_COLUMNS = re.compile(r"\s?(\d{1,2})\s?[-–]\s?(\d{1,12})")
_LENGTH = (
    r"(?:[-+]?\d{0,4}(?:\.\d{1,4})?\s?(?:pt|em|ex|mm|cm|in|pc|bp|sp|mu)\b|[-+]?\d{0,4}(?:\.\d{1,4})?\s?(?:pt|em|ex|mm|cm)"
    r"|\d{0,3}(?:\.\d{1,4})?\\[a-z]{1,15}(?:width|skip|sep|height))"
)
_LENGTHS = re.compile(rf"(?:\s?{_LENGTH}){{1,4}}")
_ROWS = re.compile(rf"\s?-?\d{{1,2}}?\s?(?:\*|=|{_LENGTH})|\s?-?\d{{1,2}}(?=\s)")
_SPANNED = re.compile(r"\s?\d{1,2}\s?\|{0,2}(?:[lcrXSCLR]|[pmb]\s?[\d.]{1,5}(?:pt|em|ex|mm|cm|in))\|{0,2}")
_HEX = re.compile(r"\s?[0-9A-Fa-f]{6}")
_PLAIN_COLOURS = (
    "lightgray|lightgrey|darkgray|darkgrey|lightblue|lightgreen|lightred|lightyellow|lightcyan|lightpink|darkgreen"
    "|darkblue|darkred|black|blue|brown|cyan|gray|grey|green|lime|magenta|olive|orange|pink|purple|red|teal|violet"
    "|white|yellow|Gray|Blue|Green|Red|LightCyan|LightGray|LightBlue|ForestGreen|gainsboro|lavender"
)
_NAME = re.compile(rf"\s?(?:{_PLAIN_COLOURS}|[a-z]{{2,24}}(?=[!\d\s.A-Z\[]|$))")
_FIRST_ROW = re.compile(r"\s?\d{1,2}(?=[a-z{])")
_SHARE = re.compile(r"!(\d{1,12})")
_MIXED = re.compile(rf"!(?:{_PLAIN_COLOURS}|[a-z]{{2,24}}(?=[!\d\s.A-Z]|$))")
_KEY = re.compile(
    r"\s?(?:[A-Za-z]{2,10}:[\w:.+-]{1,80}|[A-Za-z]{1,40}[\w.+-]{0,40}\d{4}[\w.+-]{0,40}|\d{1,2}(?=\s|$))"
)
_GROUP = re.compile(r"(?<![A-Za-z*\]}])\{([^{}]{0,400})\}")
_NUMBER_GOES_ON = re.compile(r"\.?\d")
_EMPTY_BRACKETS = re.compile(r"\[[\s;,]{0,20}\]|\([\s;,]{0,20}\)")


def without_layout(text: str) -> str:
    """A cell's text; ``text`` has errors marked by :data:`ERROR`. Empty where a number would be a guess."""
    if "\\" not in text and ERROR not in text:
        return _EMPTY_BRACKETS.sub("", text)
    pieces: list[str] = []
    at = 0
    while command := _COMMAND.search(text, at):
        pieces.append(text[at : command.start()])
        at = _after_arguments(command, text)
        if at < 0:
            return ""
    pieces.append(text[at:])
    plain = _EMPTY_BRACKETS.sub("", _UNKNOWN.sub("", "".join(pieces)))
    return _GROUP.sub(r"\1", plain)


def _after_arguments(command: re.Match[str], text: str) -> int:
    """Where the arguments that are not printed end; -1 where that cannot be told."""
    at = command.end()
    if command["rule"]:
        return _after_columns(text, _skip(_TRIMMED, text, at))
    if command["colour"]:
        return _after_colour(text, at, many=command["colour"] in {"rowcolors", "fcolorbox"})
    if command["space"]:
        return _after_lengths(text, at)
    if command["span"]:
        return _after_span(text, at, is_row="row" in command["span"])
    return _after_key(text, at)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _after_columns(text: str, at: int) -> int:
    if match := _BRACED.match(text, at):
        return _skip(_DASHES, text, match.end())
    if not (match := _COLUMNS.match(text, at)):
        return at
    start, digits, rest = int(match[1]), match[2], text[match.end() : match.end() + 8]
    if len(digits) <= 2 and start <= int(digits) and (not rest or rest[0] in " \n["):
        return _skip(_DASHES, text, match.end())
    ends = [
        match.start(2) + count
        for count in (1, 2)
        if count <= len(digits) and int(digits[:count]) >= start and _is_whole(digits[count:] + rest)
    ]
    return _only(ends)


def _after_colour(text: str, at: int, *, many: bool) -> int:
    model = _OPTIONS.match(text, at)
    at = model.end() if model else at
    at = _skip(_FIRST_ROW, text, at) if many else at
    for _ in range(3 if many else 1):
        if match := _BRACED.match(text, at):
            at = match.end()
        elif model and "HTML" in model.group():
            at = _skip(_HEX, text, at)
        elif model:
            return -1 if _NUMBER_GOES_ON.match(text, at) else at
        else:
            at = _after_mixture(text, at)
        if at < 0:
            return -1
    return _skip(_DASHES, text, at)


def _after_mixture(text: str, at: int) -> int:
    """After "gray!25" or "red!10!blue"; shares are multiples of five, else a digit may be the result's."""
    match = _NAME.match(text, at)
    if not match:
        return at
    at = match.end()
    while share := _SHARE.match(text, at):
        digits, rest = share[1], text[share.end() : share.end() + 8]
        if int(digits) <= 100 and not _NUMBER_GOES_ON.match(rest):
            at = share.end()
        else:
            at = _only(
                [
                    share.start(1) + count
                    for count in (1, 2, 3)
                    if count <= len(digits) and _is_share(digits[:count]) and _is_whole(digits[count:] + rest)
                ]
            )
        if at < 0:
            return -1
        at = _skip(_MIXED, text, at)
    return at


def _after_lengths(text: str, at: int) -> int:
    at = _skip(_OPTIONS, text, at)
    for _ in range(3):
        if not (match := _BRACED.match(text, at)):
            break
        at = match.end()
    return at if text[at - 1] == "}" else _skip(_LENGTHS, text, at)


def _after_span(text: str, at: int, *, is_row: bool) -> int:
    at = _skip(_OPTIONS, text, at)
    if match := _BRACED.match(text, at):
        return _skip(_BRACED, text, _skip(_OPTIONS, text, match.end()))
    return _skip(_ROWS if is_row else _SPANNED, text, at)


def _after_key(text: str, at: int) -> int:
    start, at = at, _skip(_OPTIONS, text, at)
    if match := _BRACED.match(text, at):
        return match.end()
    return at if at > start else _skip(_KEY, text, at)


def _is_share(digits: str) -> bool:
    return digits[0] != "0" and int(digits) % 5 == 0 and int(digits) <= 100


def _is_whole(rest: str) -> bool:
    """Whether what follows is not the rest of a number: nothing, another sign, a number's first digit."""
    return not re.match(r"\.\d|0\d", rest)


def _only(ends: list[int]) -> int:
    return ends[0] if len(ends) == 1 else -1
