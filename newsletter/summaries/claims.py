"""How clearly a sentence of an abstract says what its paper brings, and how clearly what came out. Pure.

Measured by the phrases that abstracts have for it, the words that a sentence shares with the title, and what
speaks against it: the state of the field, an outlook, where the code is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

CLAIM = 3.0
"""From here on a sentence says what the paper brings."""
SOLID = 2.0
"""From here on a sentence says something of the paper that is worth a line."""
FAIR = 1.0
"""From here on it may be shown where nothing better is there."""
_NAMED = 3.5
"""What a sentence has at least that begins with the paper's own name."""
_LONG, _TOO_LONG = 400, 600  # characters

_STEM = 6  # characters by which words of the title are known again
_WORD = re.compile(r"[^\W\d_]\w{2,}")
_NAME = re.compile(r"[A-Z]\w{0,30}[A-Z\d]\w{0,30}\b")
_PAPER = (
    r"(?:paper|work|study|article|report|letter|note|dissertation|thesis|proceeding|survey|review"
    r"|contribution)"
)
_WHO = (
    rf"\b(?:(?i:we|i|{_PAPER})|(?P<name>[A-Z]\w{{0,30}}[A-Z\d]\w{{0,30}}))"
    r"(?: \w{1,30}ly| also| then| first| further| here| therefore| thus| have)?"
)
# What authors do to something new, by how clearly it is the paper's matter.
_BRINGS = re.compile(
    rf"{_WHO}(?: [^.;:]{{1,80}}? and)? (?:propos|introduc|present|develop|describ|unveil|releas)"
)
_MAKES = re.compile(
    rf"{_WHO}(?: [^.;:]{{1,80}}? and)? (?:design|defin|construct|establish|creat|formulat|devis"
    rf"|contribut|offer"
    r"|giv(?:e|es|en)\b|gave\b|report|buil[dt]|prov(?:e|es|ed)\b|show|demonstrat|revisit|reinterpret"
    r"|generali[sz]"
    r"|deriv|classif)"
)
_STUDIES = re.compile(
    rf"{_WHO}(?: \w{{1,30}} and)? (?:stud(?:y|ied|ies)|investigat|explor|analy[sz]|examin|address|tackl"
    rf"|consider|comput"
    r"|calculat|focus|aim|seek|sought|prob|review|survey|extend|reveal|identif|discuss|challeng|ask|estimat"
    r"|assess"
    r"|is aimed|(?:perform|conduct|carr(?:y|ied) out) (?:an?|the) (?:[\w-]{1,30} ){0,8}"
    r"(?:study|analysis|investigation|survey|review|comparison))"
)
_DOES = re.compile(
    rf"{_WHO} (?:us|employ|appl|leverag|find|found|obtain|evaluat|compar|perform|conduct|test|determin"
    rf"|measur|adopt"
    r"|uncover|argu|conjectur|hypothesi|provid)"
)
_WE_DO = re.compile(rf"{_WHO} [a-z]")
_THIS_PAPER = re.compile(
    rf"(?:in )?(?:this|the present) (?:\w{{1,30}} )?{_PAPER}\b(?! (?:will|takes|should|paves))", re.IGNORECASE
)
_OUR_METHOD = re.compile(
    r"our (?:\w{1,30} )?(?:method|approach|framework|model|work|analysis|algorithm|system|objective|study"
    r"|architecture"
    r"|key idea|goal|main result|contribution)\b",
    re.IGNORECASE,
)
_IS_DONE = re.compile(
    r"\b(?:is|are|was|were) (?:\w{1,30}ly )?(?:proposed|introduced|presented|developed|derived|studied"
    r"|investigated"
    r"|analy[sz]ed|examined|considered|obtained|computed|calculated|proved|established|constructed|explored"
    r"|revisited|designed)\b"
)
_NEW = re.compile(
    r"\b(?:novel|new|first|unified|framework|method|model|benchmark|dataset|approach)\b", re.IGNORECASE
)
_ADDS = re.compile(r"\b(?:also|further|additionally|another)\b", re.IGNORECASE)

# What came out.
_STRONG_RESULT = re.compile(
    r"\b(?:outperform|surpass|state-of-the-art|achiev(?:es?|ed|ing)\b"
    r"|(?:experiment\w{0,30}|results?|evaluations?|analys[ei]s|findings?|studies|ablations?|simulations?"
    r"|benchmarks?)\b"
    r".{0,80}\b(?:show|demonstrat|confirm|indicat|reveal|validat|suggest|highlight|verif|corroborat|favou?r)"
    r"|(?:we|i) (?:\w{1,30}ly )?(?:also |further |then )?(?:find|found|show|observe|prove|demonstrate"
    r"|discover|conclude)\b)",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:exceed|attain|improv|reduc|reach|gains?\b|boost|sota\b|consistent|superior|effectiveness"
    r"|significant|accura"
    r"|it is possible to|compar\w{1,30} (?:favou?rably|to|with)\b|faster|speed-?up|up to\b|at least\b"
    r"|upper (?:bound|limit)"
    r"|exhibit|enabl|competitive|it is (?:found|shown|proved|demonstrated)|validat|insights?\b"
    r"|provides? (?:an? |the )|establish|(?:we|i) (?:\w{1,30}ly )?(?:also |further |then )?"
    r"(?:establish|deduce|infer|obtain|identify|derive|determine|uncover|constrain))",
    re.IGNORECASE,
)
_MEASURED = re.compile(r"\d\s?%|\d\s?[x×]\b|\bpercentage points?\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_OF_THE_PAPER = re.compile(
    r"\b(?:we|i|our|results?|experiments?|evaluations?|paper|work|study|proposed)\b", re.IGNORECASE
)
_REFERS_BY_THE = re.compile(
    r"the (?!results?|proposed|main|experiment|present|authors)\w{1,30}", re.IGNORECASE
)
_DRAWBACK = re.compile(r"(?:however|yet|nevertheless|nonetheless|unfortunately)\b", re.IGNORECASE)
# Says that something was looked into, and not what came out.
_ANNOUNCES = re.compile(
    r"we (?:also |further )?(?:perform|conduct|carry out|present|include|provide|discuss) (?:an? "
    r"|the )?(?:\w{1,30} ){0,4}"
    r"(?:ablations?|analys[ie]s|experiments?|evaluations?|implications?|findings)\b"
    r"(?!.*\b(?:show|demonstrat|reveal|find|confirm))",
    re.IGNORECASE,
)

# What is neither.
_BACKGROUND = re.compile(
    r"(?:recent\w{0,30}|existing|previous\w{0,30}|prior|current\w{0,30}|traditional\w{0,30}"
    r"|conventional\w{0,30}|although|despite"
    r"|many|most"
    r"|modern|while|with the|in (?:recent|prior|previous|earlier)|over the|researchers)\b",
    re.IGNORECASE,
)
_STATE_OF_THE_FIELD = re.compile(
    r"\b(?:remains?|(?:has|have) (?:emerged|become|shown|demonstrated|achieved)|often|suffers?"
    r"|struggles?|fails? to"
    r"|challenges?|little attention|typically|is known|are vulnerable"
    r"|is an? (?:challenging|fundamental|critical|crucial|important|essential|key|indispensable|central)"
    r"|is (?:crucial|essential|challenging|critical))\b",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(
    r"\b(?:we (?:hope|believe|will)|in a sequel|we aim to (?:support|facilitate|foster|inspire|provide)"
    r"|future"
    rf" (?:work|research|searches)|paves? the way|{_PAPER} (?:will|takes a first step|should)"
    r"|upon (?:acceptance|publication)|to (?:facilitate|foster|support|advance|encourage) (?:future "
    r"|further )?"
    r"(?:research|work))\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(?:codes?|data(?:set)?s?|models?|project page|demo|website|videos?|weights|resources)\b.{0,100}"
    r"\b(?:is|are|be|been|made|publicly|freely|openly) (?:\w{1,30} )?(?:available|released?|open[- ]sourced?"
    r"|found|accessible)(?=[.,:;]?\s?$|[.:;]| (?:at|on|under|online|for|upon|in|from|via|here|to|soon)\b)"
    r"|https?://|github\.com|\b(?:we|and) (?:will |also )?(?:\w{1,30}ly )?(?:releas\w{1,3}|open-sourced?)"
    r" (?:our|the|all|both|code|data|model|source|weights)",
    re.IGNORECASE,
)


def stems(text: str) -> set[str]:
    """The words of a text as those of a title are known again."""
    return {word.casefold()[:_STEM] for word in _WORD.findall(text)}


def own_name(title: str) -> str:
    """What a title names before its colon ("Wukong: Towards …"), where that is one word; else nothing."""
    name, colon, _rest = title.partition(":")
    return name if colon and _WORD.fullmatch(name) and name[0].isupper() else ""


def contribution(text: str, title: set[str], name: str = "") -> float:
    """How clearly a sentence says what the paper brings.

    ``title`` are the stems of the paper's title, ``name`` is what it calls its matter.
    """
    value = _claim(text, title)
    if name and text.startswith((f"{name} ", f"{name}, ")):
        value = max(value, _NAMED)
    value += 0.5 * bool(_NEW.search(text)) - 1.5 * bool(_ADDS.search(text))
    value += 2 * len(title & stems(text)) / max(len(title), 1)
    value -= 4 * (value < CLAIM and bool(_OUTLOOK.search(text)))
    return value - 2 * bool(_BACKGROUND.match(text)) - _weight(text)


def result(text: str, whole: str, *, is_late: bool) -> float:
    """How clearly a sentence says what came out, or else what was done.

    ``whole`` is the sentence with its opening; ``is_late``: it stands in the abstract's second half.
    """
    strong, weak, measured = (bool(pattern.search(text)) for pattern in (_STRONG_RESULT, _RESULT, _MEASURED))
    does = bool(_WE_DO.search(text) or _IS_DONE.search(text))
    value = 2.0 * strong + 1.5 * (weak or measured) + bool(_DIGIT.search(text)) + does + is_late
    value += (
        bool(_OF_THE_PAPER.search(text)) - bool(_REFERS_BY_THE.match(text)) - 2 * bool(_DRAWBACK.match(whole))
    )
    if not (strong or does or measured):
        value -= 2 * bool(_STATE_OF_THE_FIELD.search(text))
    value -= 2 * bool(_ANNOUNCES.match(text)) + 4 * bool(_OUTLOOK.search(text))
    return value - 3 * bool(_BACKGROUND.match(text)) - _weight(text)


def _claim(text: str, title: set[str]) -> float:
    """By who does what: up to 5 where the authors propose something, less where they only use it."""
    return next((value for holds, value in _claims(text, title) if holds), 0.0)


def _claims(text: str, title: set[str]) -> Iterator[tuple[object, float]]:
    """What a sentence may be and the value of it, the best first: what is not asked for is not searched."""
    yield _THIS_PAPER.match(text) or _has_own_subject(_BRINGS, text, title), 5.0
    yield _has_own_subject(_MAKES, text, title), 4.5
    yield _has_own_subject(_STUDIES, text, title), 4.0
    begins = _NAME.match(text)
    yield _OUR_METHOD.match(text) or (begins and _is_in(begins.group(), title)), 3.0
    yield _IS_DONE.search(text), 2.5
    yield _DOES.search(text), 2.0
    yield _STATE_OF_THE_FIELD.search(text), -2.0


def _has_own_subject(claim: re.Pattern[str], text: str, title: set[str]) -> bool:
    """Whether it is the authors, the paper or what its title names that does something."""
    return any(not (name := match["name"]) or _is_in(name, title) for match in claim.finditer(text))


def _is_in(name: str, title: set[str]) -> bool:
    words = stems(name)
    return bool(words) and words <= title


@lru_cache(maxsize=8)
def _weight(text: str) -> float:
    """What speaks against a sentence, whatever it says. Of each sentence it is asked twice in a row."""
    return 0.5 * (len(text) > _LONG) + 0.5 * (len(text) > _TOO_LONG) + 5 * bool(_ASIDE.search(text))
