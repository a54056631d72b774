"""Words of direction, by language: :class:`~newsletter.grounding.lexicon_format.Direction` of each."""

from collections.abc import Mapping

from newsletter.grounding.lexicons import lexicons

SENSES = ("up", "down", "good", "bad", "fast", "slow", "not")

# Which sense turns which round.
OPPOSITE = {"up": "down", "down": "up", "good": "bad", "bad": "good", "fast": "slow", "slow": "fast"}

_BY_CODE = {code: each.direction for code, each in lexicons().items() if each.direction is not None}

# Beginnings of words, by language and sense; "$" at the end asks for the whole word.
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    code: {
        "up": each.up,
        "down": each.down,
        "good": each.good,
        "bad": each.bad,
        "fast": each.fast,
        "slow": each.slow,
        "not": each.not_,
    }
    for code, each in _BY_CODE.items()
}

# What denies a statement, as against what names a lack ("without", 非, غير). Patterns.
DENIALS: Mapping[str, str] = {code: each.denials for code, each in _BY_CODE.items()}

# What only repeats a denial where there is one in the sentence ("no … nunca … ningún", "не … ни … никогда",
# "न … न"), and denies by itself where there is none.
CONCORD: Mapping[str, str] = {code: each.concord for code, each in _BY_CODE.items() if each.concord}

# Languages that deny each member of a list: "न … न", "לא … ולא", "لا … ولا", "không … cũng không".
REPEATED = frozenset(code for code, each in _BY_CODE.items() if each.denies_each)

# In such lists, all languages' words together: a comma before the first ends no clause; the second, shortly
# before one of the third, do.
GOES_ON = tuple(dict.fromkeys(word for each in _BY_CODE.values() for word in each.goes_on))
CONJUNCTIONS = tuple(dict.fromkeys(word for each in _BY_CODE.values() for word in each.conjunctions))
NEGATORS = tuple(dict.fromkeys(word for each in _BY_CODE.values() for word in each.negators))

# Words that admit a defeat, whatever else a sentence says.
DEFEATS: Mapping[str, str] = {code: each.defeats for code, each in _BY_CODE.items()}

# Lacks within one word ("비희소", 非, غير), which answer to an English "un-" or "non-".
LACKS: Mapping[str, str] = {code: each.lacks for code, each in _BY_CODE.items() if each.lacks}

# Words by which something hardly goes, which answer to a "struggles" or "negligible" as well as to a "not".
HARDSHIP: Mapping[str, str] = {code: each.hardship for code, each in _BY_CODE.items() if each.hardship}

# Words that deny by themselves: "misses", "removes".
UNDOINGS: Mapping[str, str] = {code: each.undoings for code, each in _BY_CODE.items() if each.undoings}

# "Without", where it counts beside the denial of the clause that it stands in.
WITHOUT: Mapping[str, str] = {code: each.without for code, each in _BY_CODE.items() if each.without}
