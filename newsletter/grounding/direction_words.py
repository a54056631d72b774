"""Words of direction, by language: :class:`~newsletter.grounding.lexicons.Direction` of each.

Six lists: up, down, good, bad, fast, slow, and what negates. Entries are matched where a word begins (or
anywhere, in languages that run words together) and stand for all inflections that begin so; "$" at the end
asks for the whole word. English, the language of the sources, stands here.
"""

# ruff: noqa: E501

from collections.abc import Mapping

from newsletter.grounding.lexicons import lexicons

SENSES = ("up", "down", "good", "bad", "fast", "slow", "not")

# Which sense turns which round.
OPPOSITE = {"up": "down", "down": "up", "good": "bad", "bad": "good", "fast": "slow", "slow": "fast"}

_BY_CODE = {code: each.direction for code, each in lexicons().items() if each.direction is not None}

_ENGLISH: Mapping[str, str] = {
    "up": "increas rais rise$ rises$ rising rose$ grow$ grows growing grew growth boost gain expand enlarg greater larger higher$ more$ most$ up$ double doubl tripl amplif extend longer widen surge climb maximi scale scaling add$ adds adding additional extra high$ outnumber plus$ beyond exceed large$ long$ many$",
    "down": "decreas reduc lower cut$ cuts$ cutting drop declin diminish shrink shrank lessen fall$ falls$ falling fell$ fewer$ less$ least$ smaller small$ shorter shorten minimi halv half$ save$ saves saving fraction compress cheaper cheap$ low$ down$ narrow loss lose$ loses losing short$ trim slash prun only$ remov eliminat avoid degrad worse mitigat alleviat without$ few$ limit suppress negligible third$ quarter$ lightweight compact under$ below$ within$ deteriorat underperform lag$ lags$ lagging free$ prevent",
    "good": "improv enhanc outperform surpass exceed superior better$ best$ excel beat$ beats$ beating strengthen boost gain advanc state-of-the-art sota$ win$ wins$ success effective strong outscor outrank refin benefit promising match compar competitive robust achiev reach$ reaches reached rais higher$ increas ahead overtak good$ rival$ rivals leading top$ accura",
    "bad": "degrad worse worst$ underperform inferior deteriorat weak lag$ lags$ lagging impair harm hurt$ hurts hinder trail undermin declin fail poor$ poorly lose$ loses lost$ loss drop suffer behind$ bad$ insufficient below$ struggl collaps limit decreas lower fall$ falls$ falling fell$ damag short$ vulnerab brittle bias error overfit break unreliab regress reduc only$ within$",
    "fast": "fast accelerat speed quick rapid real-time swift real$ low-latency latency efficien",
    "slow": "slow delay latency overhead longer expensive costly lag$ inefficien",
    "not": "not$ no$ n't never$ none$ nor$ neither$ without$ cannot$ can't$ don't$ doesn't$ fail lack unable$ free$ avoid eliminat hardly$ rarely$ little$ few$ less$ absen exclud instead$ rather$ unlike$ remov despite$ only$ unchanged ignor omit insufficient limit untrained unseen unsupervis unlabel unnecessary unavailable independent obviat bypass training-free missing skip prevent unpair unknown unable drop frozen discard unsolved unclear stop forget refus impossible infeasible block",
}  # fmt: skip

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {sense: tuple(text.split()) for sense, text in _ENGLISH.items()},
    **{
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
    },
}

# What denies a statement, as against what names a lack ("without", 非, غير). Patterns.
DENIALS: Mapping[str, str] = {
    "en": r"\b(?:not|never|cannot|no|neither|nor)\b|n't\b",
    **{code: each.denials for code, each in _BY_CODE.items()},
}

# What only repeats a denial where there is one in the sentence ("no … nunca … ningún", "не … ни … никогда", "न … न"),
# and denies by itself where there is none.
CONCORD: Mapping[str, str] = {code: each.concord for code, each in _BY_CODE.items() if each.concord}

# Languages that deny each member of a list: "न … न", "לא … ולא", "لا … ولا", "không … cũng không", "weder … noch".
REPEATED = frozenset(code for code, each in _BY_CODE.items() if each.denies_each)

# Words that admit a defeat, whatever else a sentence says.
DEFEATS: Mapping[str, str] = {
    "en": r"\b(?:worse\w*|degrad\w*|underperform\w*|inferior|deteriorat\w*|lag\w*|fail\w*|trail\w*|harm\w*|hurt\w*|declin\w*|weak\w*|suffer\w*|struggl\w*|collaps\w*|behind|poor\w*|los[et]\w*|loss\w*|drop\w*|below|undermin\w*|impair\w*|hinder\w*|damag\w*|fall\w*|fell|decreas\w*|insufficient|limited|cannot|vulnerab\w*|brittle|break\w*|mistak\w*|regress\w*|within)\b",
    **{code: each.defeats for code, each in _BY_CODE.items()},
}

# Lacks within one word ("비희소", 非, غير), which answer to an English "un-" or "non-".
LACKS: Mapping[str, str] = {code: each.lacks for code, each in _BY_CODE.items() if each.lacks}

# Words by which something hardly goes, which answer to a "struggles" or "negligible" as well as to a "not".
HARDSHIP: Mapping[str, str] = {code: each.hardship for code, each in _BY_CODE.items() if each.hardship}

# Words that deny by themselves: "misses", "removes".
UNDOINGS: Mapping[str, str] = {code: each.undoings for code, each in _BY_CODE.items() if each.undoings}

# "Without", where it counts beside the denial of the clause that it stands in.
WITHOUT: Mapping[str, str] = {code: each.without for code, each in _BY_CODE.items() if each.without}
