"""Which of a summary's points says why the paper matters: the source itself states what follows. Pure.

Judged by the structure of the English sentence that a point rests on, never by the point's own words: so the
choice is the same in every language, and nothing is said that the source does not say. A plain result
("improves by 3 points") is no consequence, nor is what others' work makes possible, what a part of a method
is for, or what is only aimed at.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from newsletter.records import Takeaway
from newsletter.text.readable import readable, sentences

_LONGEST = 1000  # characters of a sentence that is read
_FEWEST_WORDS = 3  # of what follows

# What a consequence does; the first group of letters of each verb is the same in all its forms.
_OPENS = (
    r"pav(?:es?|ing) (?:the|a) (?:way|path)|open(?:s|ing)?(?: up)? (?:the (?:door|way|possibility)|doors?\b"
    r"|(?:an? )?(?:\w{1,20} ){0,2}(?:avenues?|possibilit(?:y|ies)|opportunit(?:y|ies)|paths?|directions?))"
    r"|lay(?:s|ing)? (?:the|a) (?:\w{1,20} ){0,2}(?:foundations?|groundwork)"
    r"|(?:provid|offer)(?:es?|s|ing)? (?:the|an?) (?:[\w-]{1,20},? ){0,4}(?:foundation|basis|path|pathway)"
    r" (?:for|to|toward)"
)
_FREES = (
    r"(?:eliminat|remov|reduc|obviat|circumvent|avoid|alleviat|bypass)(?:es?|s|ing) (?:the )?(?:\w{1,20} )?"
    r"(?:need|reliance|dependence|necessity)"
    r"|lower(?:s|ing)? (?:the )?(?:\w{1,20} ){0,2}barriers?"
)
_FITS = (
    r"mak(?:es?|ing) (?:it|them|[\w-]{1,30}(?: [\w-]{1,30}){0,6}?) (?:an? |more |much |\w{1,20}ly ){0,3}"
    r"(?:possible|feasible|practical|practicable|viable|suitable|accessible|affordable|usable|attractive"
    r"|well[- ]suited|suited|deployable|ideal)\b"
)
_ALLOWS = r"(?:enabl(?:es?|ing)|(?:allow|permit)(?:s|ing)?|facilitat(?:es?|ing))"
_SAVES = (
    r"(?:reduc|lower|cut|decreas|sav)(?:es?|s|ing|ting) (?:[\w-]{1,20} ){0,4}"
    r"(?:costs?|burdens?|overheads?|efforts?|workloads?|expenses?) (?:of|for|in|to|on)"
)
_ENABLING = r"(?:enabling|allowing|permitting|facilitating)"
_MEANS = (
    r"(?:(?:suggest|impl(?:ie|y))(?:s|ing)? that|suggest(?:s|ing)? (?:the|an?)"
    r"|(?:highlight|underscor|emphasi[sz])(?:es?|s|ing)? (?:the|an?) (?:\w{1,20} ){0,2}"
    r"(?:need|potential|promise|necessity|urgency) (?:of|for|to))"
)
_BEARS = r"(?:has|have|with|carries|carry) (?:\w{1,20} ){0,3}implications for"

_WEAKER = r"(?:can|could|may|might|will|also|further|directly|thus|thereby|therefore|hence|\w{1,20}ly)"
_LINK = r"(?:and|thus|thereby|hence|therefore|so|ultimately|in turn|potentially|\w{1,20}ly)"

# "…, thereby enabling X", "… and paves the way for X": after a clause that says what came out.
_PARTICIPLE = re.compile(
    rf"(?:[,–—;] ?(?:{_LINK},? ){{0,3}}(?:(?P<frees>{_FREES})|(?P<fits>{_FITS})|(?P<saves>{_SAVES})"
    rf"|(?P<allows>{_ENABLING})|(?P<means>{_MEANS})|(?P<bears>{_BEARS}))"
    rf"|(?:[,–—;] ?|\band )(?:{_LINK},? ){{0,3}}(?P<opens>{_OPENS})|\band (?P<concludes>{_MEANS}))(?!\w)",
    re.IGNORECASE,
)
# "…, which makes it possible to X."
_RELATIVE = re.compile(
    rf", which (?:{_WEAKER} ){{0,3}}(?:(?P<frees>{_FREES})|(?P<opens>{_OPENS})|(?P<fits>{_FITS})"
    rf"|(?P<saves>{_SAVES})|(?P<allows>{_ALLOWS})|(?P<means>{_MEANS}))(?!\w)",
    re.IGNORECASE,
)
_FRAME = (
    rf"(?:(?:{_LINK}|overall|together|collectively|taken together|more broadly|beyond [^,]{{1,60}}|finally"
    r"|in (?:sum|summary|conclusion|short)|importantly|moreover|furthermore|crucially|notably),? ){0,2}"
)
_SUBJECT = r"(?:th(?:is|ese)|our|such|the (?:proposed|resulting|presented|observed))(?: [\w-]{1,25}){0,7}?"
# "This makes it possible to X.": the whole sentence says it.
_STATEMENT = re.compile(
    rf"{_FRAME}{_SUBJECT},? (?:{_WEAKER} ){{0,3}}(?:(?P<frees>{_FREES})|(?P<opens>{_OPENS})|(?P<fits>{_FITS})"
    rf"|(?P<means>{_MEANS})|(?P<bears>{_BEARS}))(?!\w)",
    re.IGNORECASE,
)
# What enables something is the work as a whole; a part of it does so for the rest of it.
_WHOLE = re.compile(
    rf"{_FRAME}(?:(?:this|these|our|the (?:proposed|resulting)) (?:[\w-]{{1,25}} ){{0,3}}?"
    r"(?:work|paper|study|results?|findings?|contributions?|advances?|improvements?|techniques?|datasets?"
    r"|benchmarks?|toolkits?|library|resources?|platform|release)"
    r"|our (?:[\w-]{1,25} ){0,3}?(?:approach|methods?)|this)"
    rf"(?: (?:on|of|in|from|for) [^,.;]{{1,60}})? (?:{_WEAKER} ){{0,3}}(?P<allows>{_ALLOWS})(?!\w)",
    re.IGNORECASE,
)

# Whose sentence it is.
_OTHERS = re.compile(
    r"(?:however|while|although|though|despite|unlike|existing|prior|previous|current|conventional|traditional"
    r"|recent(?:ly)?|most|many|standard|typically|often|in practice|it has been|there (?:is|are|has)"
    r"|looking ahead|in the future)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"^(?:the|this) (?:method|approach|framework|system|model|technique|algorithm|pipeline|dataset"
    r"|benchmark|tool)|\b(?:we|our|ours|the (?:proposed|resulting|presented|new)"
    r"|this (?:work|paper|study|approach|method|framework|system)"
    r"|(?:experiments?|evaluations?|results|findings) )\b",
    re.IGNORECASE,
)
_OWN_NAME = re.compile(r"(?=[\w-]{0,40}[a-z\d-])(?=[\w-]{0,40}[A-Z][\w-]{0,40}[A-Z])[\w-]{3,41}(?:'s)? [a-z]")
_PERFECT = re.compile(r"\b(?:has|have) (?:\w+ )?(?:been|become|emerged|shown|enabled|led|made|driven)\b")
# A clause that says how something is built, and one that says what came out.
_BUILDS = re.compile(
    r"\b(?:propos|introduc|present|employ|utili[sz]|exploit|integrat|combin|formulat|design|incorporat|leverag|adopt"
    r"|construct|convert|encod|decoupl|decompos|consist|compris|deriv|extend|represent|treat|model)(?:e|es|s|ing|ed)?\b"
    r"|\b(?:we use|uses|using)\b(?! (?:no|only|fewer|less)\b)",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:achiev|demonstrat|show|reduc|outperform|improv|match|surpass|attain|reach|yield|cut|accelerat|speed|confirm"
    r"|reveal|exceed|releas|open-sourc|generali[sz]|halv|doubl|tripl)(?:e|es|s|ing|d|ed|n)?\b"
    r"|\b(?:runs?|(?:needs?|requires?|uses?) (?:no|only|fewer|less|half))\b"
    r"|\d(?:\.\d+)? ?(?:%|×|x\b|percent|fold|-fold|times)",
    re.IGNORECASE,
)
# "enabling the model to …", "allowing FooNet to …": what a part of the method is for.
_INNER = re.compile(
    r" (?:us|it|them|itself|(?:(?:the|a|an|our|each|all|both|single|different|these|such) )?"
    r"(?:[\w-]{1,25} ){0,3}(?:(?i:model|network|system|agent|policy|encoder|decoder|framework|learner|planner"
    r"|module|algorithm|method|llm|mllm|vlm|transformer|optimizer|generator|classifier|pipeline|approach|head"
    r"|token|layer|critic|trajectory|parameter)s?"
    r"|[a-z]{0,9}[A-Z][a-z]{0,9}[A-Z]\w{0,15})(?: not only)?) to\b"
)
# "suggest that our method outperforms …": a result once more.
_PRAISE = re.compile(
    r" (?:our|the proposed|this)\b[^,.;]{0,80}"
    r"\b(?:outperform|surpass|achiev|improv|effective|superior|perform)"
    r"|[^,.;]{0,120}\b(?:provid|offer)(?:es?|s) (?:an?|the) [^.;]{0,60}"
    r"\b(?:solution|approach|framework|method)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d")
_MEASURED = re.compile(r"\d(?:\.\d+)? ?(?:%|×|x\b|percent|fold|-fold|times)", re.IGNORECASE)
# "This gap underscores the need for …" says why the work was begun.
_MOTIVE = re.compile(
    r"(?:this|these|such|our) (?:[\w-]{1,25} ){0,3}?(?:gaps?|challenges?|limitations?|lack|problems?|issues?"
    r"|shortcomings?|bottlenecks?|fragmentation)\b|this (?:\w{1,20} )?(?:highlight|underscor|emphasi)",
    re.IGNORECASE,
)
# "This enables X" goes beyond the method where it says for whom, on what, or without what.
_BARE = re.compile(
    rf"{_FRAME}(?:this|our (?:[\w-]{{1,25}} ){{0,3}}?(?:approach|methods?)) (?:{_WEAKER} ){{0,3}}"
    rf"{_ALLOWS}(?!\w)",
    re.IGNORECASE,
)
_BEYOND = re.compile(
    r"[^,;]{0,160}\b(?:without|on (?:an?|one|single|consumer|edge|mobile|ordinary|everyday|phones|laptops))\b"
    r"|(?: [\w-]{1,25}){0,2} (?:[\w-]{2,20}(?:ers|ians|ists)|users|people|teams"
    r"|doctors|authors|hospitals|companies|robots|phones|devices|anyone|everyone) to\b",
    re.IGNORECASE,
)
# What is only wanted has not come out.
_AIMS = re.compile(
    r"\b(?:aim(?:s|ed|ing)?|intend(?:s|ed)?|seek(?:s|ing)?|hope[sd]?|(?:is|are) (?:designed|meant)|in order)"
    r" (?:to|for)\b|\bgoals?\b|\bwhether\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=16_384)  # the evidence of some thousand papers, the same in all languages
def consequence_strength(evidence: str) -> int:
    """2 where a passage of an abstract says only what follows from the paper, 1 where it ends so, else 0.

    Of several sentences each must say so.
    """
    text = readable(" ".join(evidence.split()))
    read = [each for part in text.split(" … ") for each in sentences(part)]
    return min((_strength(each) for each in read), default=0)


def _strength(sentence: str) -> int:
    is_question = sentence.rstrip("\"'”’)").endswith("?")
    if len(sentence) > _LONGEST or is_question or _OTHERS.match(sentence) or _MOTIVE.match(sentence):
        return 0
    stated = _STATEMENT.match(sentence) or _WHOLE.match(sentence)
    if stated is not None and not _AIMS.search(stated.group()) and _says_enough(sentence, stated):
        return 2
    ends = [*_PARTICIPLE.finditer(sentence), *_RELATIVE.finditer(sentence)]
    return 1 if any(_follows(sentence, end) for end in ends) else 0


def _follows(sentence: str, end: re.Match[str]) -> bool:
    before = sentence[: end.start()]
    if not _is_own(before) or not _says_enough(sentence, end):
        return False
    deeds = end.groupdict()
    if any(deeds.get(name) for name in ("frees", "opens", "fits", "concludes")):
        return True
    if deeds["saves"] and _NUMBER.search(sentence, end.start()):
        return False  # a measured result
    return _RESULT.search(before) is not None and not _BUILDS.search(before)


def _is_own(clause: str) -> bool:
    """Whether it says what this paper did: in its own name, or by a number that was measured."""
    if _PERFECT.search(clause) or _AIMS.search(clause):
        return False
    return any(each.search(clause) for each in (_OWN, _MEASURED)) or _OWN_NAME.match(clause) is not None


def _says_enough(sentence: str, match: re.Match[str]) -> bool:
    """Whether what follows is said in some words, and is neither a part's task nor a result once more."""
    deeds = match.groupdict()
    if deeds.get("allows") and _INNER.match(sentence, match.end()):
        return False
    bare = _BARE.match(sentence)
    if bare is not None and bare.end() == match.end() and not _BEYOND.match(sentence, match.end()):
        return False
    if deeds.get("means") and _PRAISE.match(sentence, match.end()):
        return False
    return len(sentence[match.end() :].split()) >= _FEWEST_WORDS


def with_consequence(points: Sequence[Takeaway]) -> tuple[tuple[Takeaway, ...], Takeaway | None]:
    """The points without the one that says why the paper matters, and that one, where there is such a one.

    Of several it is the one that says it most plainly; of equals the last, as authors say it last.
    """
    strengths = [consequence_strength(point.evidence) for point in points]
    strongest = max(strengths, default=0)
    if not strongest:
        return tuple(points), None
    at = max(place for place, strength in enumerate(strengths) if strength == strongest)
    return (*points[:at], *points[at + 1 :]), points[at]
