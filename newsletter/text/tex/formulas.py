"""Which dollar signs enclose a formula and which name a price. Pure."""

import re

# No abstract goes beyond these; hostile text may.
MAX_ARGUMENT = 600  # characters
MAX_WORDS = 6

_WORD = re.compile(r"[^\W\d_]{3,}")
_SHORT_WORD = re.compile(r"(?<![A-Za-z])[a-z]{2}(?![A-Za-z])")
_MARKUP = re.compile(r"\\[A-Za-z]+")
_SIGNAL = re.compile(r"[\\^_{}]|[Α-Ωα-ω∀-⋿]")
_PRICE_IN_PROSE = re.compile(
    r"[\d,.]{1,40} ?(?:[KkMBT]|[mbtr]+illion)?\s[^\\^_=<>$]{0,400}?[a-z]{3,40}[ ,]{1,9}[a-z]{2,40}[ ,]"
)


def formula(source: str, at: int) -> tuple[str, int] | None:
    """The inside of the formula whose ``$`` is at ``at`` and the position after it; None for a price."""
    mark = "$$" if source.startswith("$$", at) else "$"
    start = at + len(mark)
    first = end = _closing(source, mark, start)
    while end >= 0 and not _balanced(source[start:end]):  # \textbf{A$^2$} inside a formula
        end = _closing(source, mark, end + len(mark), limit=start + MAX_ARGUMENT)
    if end < 0:
        end = first
    if end < 0:
        return None
    inside, after = source[start:end], source[end + len(mark) : end + len(mark) + 1]
    return (inside, end + len(mark)) if _is_mathematics(inside, after) else None


def _closing(source: str, mark: str, start: int, *, limit: int | None = None) -> int:
    limit = limit or start + MAX_ARGUMENT
    end = source.find(mark, start, limit)
    while end > 0 and source[end - 1] == "\\":
        end = source.find(mark, end + 1, limit)
    return end


def _balanced(inside: str) -> bool:
    plain = inside.replace("\\{", "").replace("\\}", "")
    return plain.count("{") == plain.count("}")


def _is_mathematics(inside: str, after: str) -> bool:
    """Whether the text between two dollar signs is a formula, and not what stands between two prices."""
    if not inside.strip():
        return False
    words = _WORD.findall(_MARKUP.sub(" ", inside))
    price = inside[0].isdecimal()
    loose = inside[-1].isspace()
    if _SIGNAL.search(inside):
        return not (price and _PRICE_IN_PROSE.match(inside))
    if not words:
        between_prices = after.isdecimal() and inside[-1] in " -–/("
        return not (price and (between_prices or (loose and _SHORT_WORD.search(inside))))
    if price:
        return len(words) == 1 and not loose and not after.isdecimal()
    return not loose and not inside[0].isspace() and len(words) <= MAX_WORDS
