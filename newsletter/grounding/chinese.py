"""Which characters only one of the two Chinese scripts uses, and which Japanese never writes."""

from newsletter.grounding.lexicons import common

_PAIRS = common().chinese.pairs

ONLY_SIMPLIFIED = frozenset(pair[0] for pair in _PAIRS) - frozenset(pair[1] for pair in _PAIRS)
ONLY_TRADITIONAL = frozenset(pair[1] for pair in _PAIRS) - frozenset(pair[0] for pair in _PAIRS)


def _is_in_jis(letter: str) -> bool:
    """Whether JIS X 0208 has a character: it has 学 and 医, which Japanese shares with simplified Chinese."""
    try:
        letter.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return True


NOT_JAPANESE = (
    frozenset(letter for letter in ONLY_SIMPLIFIED if not _is_in_jis(letter))
    | (ONLY_TRADITIONAL & frozenset(common().chinese.reduced_by_japanese))
    | frozenset(common().chinese.not_japanese)
)
