"""Where a paper appears, of what its authors wrote in a comment beside it: venue, award, acceptance. Pure.

A comment is free text: counts of pages, addresses, wishes, and sometimes "Accepted to ICML 2026 (oral)". It
is judged by its structure. It is parted into sentences and these at commas; a part that says that the paper
was accepted, or that is the name of a venue with its year and nothing else, is shown in the authors' own
words. A submission is no acceptance, and neither is the acceptance of an earlier text or of the data.
"""

import re
from collections.abc import Iterator, Sequence

from newsletter.rendering.shortening import columns, shorten

LONGEST_VENUE = 80  # columns
_LONGEST_COMMENT = 1_000  # characters that are read
_MOST_WORDS = 16  # in the bare name of a venue
_MOST_PRESENTED = 8  # words of how it was presented

_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|(?<![^\s(])[^\s/()]{1,100}\.(?:io|com|org|net|ai|edu|dev"
    r"|gov)(?:/\S*)?(?=[\s,;)]|$)",
    re.IGNORECASE,
)
_ADMIN_NOTE = re.compile(r"arXiv admin note.*", re.IGNORECASE | re.DOTALL)
_GONE = re.compile(r"\b(?:withdraw|retract|superseded)", re.IGNORECASE)
_HARD_BREAK = re.compile(r"[;|•\n。；]| and (?=submitted|under |currently )")
_DASH = re.compile(r" [-–—]+ ")
_STOP = re.compile(r"[.!?]\s+|\.(?=[A-Z][a-z])")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Z][a-z]{0,4}|Commun|Astron|Astrophys|Represent|Theoret|Noncommut|Transl|vol|no"
    r"|pp|al|eds?|vs)$"
)
_NEW_TOPIC = re.compile(
    r"(?:[\[(]?\d|code|project|data|source|our|we|this|the|these|it|all|comments?|web|home|github"
    r"|supplement|demo|video"
    r"|pages?|figures?|tables?|arxiv|accepted|published|extended|final|minor|added|first|full|please"
    r"|v\d|best|oral"
    r"|spotlight|camera|to appear|work|copyright|equal|in proceedings|main|preprint|typos?"
    r"|correct|revis|see|thanks|for )",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"(?:[~>]?\d[\d+]*|one|two|three|no|total|main|body|text|plus|and|with|including|incl\.|excluding"
    r"|over)?\s*"
    r"(?:pages?|pp\b\.?|pgs?\b|figures?|figs?\b\.?|tables?|appendi\w+|supplement\w*|references"
    r"|algorithms?|páginas|words)"
    r"(?=[\W\d]|$)[\s:.]*(?:and |with |\+ ?|& )?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:comments?|note|status|remarks?|v(?:ersion)?\s?\d+)\s*[:-]\s*", re.IGNORECASE)

_ACCEPTED = re.compile(
    r"\b(?:ac[cept]{3,8}ed|acceptance|accept(?= (?:for|to|in|at|by)\b)|to appear|appear(?:s|ed"
    r"|ing)?(?= (?:in|at|as)\b)"
    r"|(?:to be )?published(?= (?:in|at|as|by|online in)\b)|publication(?= (?:in|at)\b)|in press|forthcoming"
    r"|(?:to be )?presented(?= (?:at|in|as|during)\b)|presentation(?= (?:at|in)\b)|camera[- ]ready"
    r"|(?:oral|spotlight|poster|highlight|demo)(?= (?:at|in)\b)|(?:oral|spotlight"
    r"|poster) presentation(?= (?:at|in)\b))",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\bsub[im]{1,3}[mits]{1,4}(?:ed|ting|tion|sion|ing)?\b|\bsubmit|\bsubmi"
    r"|\bunder\s+(?:\w+[\s-]+){0,2}(?:review|consideration|revision"
    r"|submission|evaluation)|\bin (?:review|submission|revision|preparation)\b|\bin peer[- ]review"
    r"|\breview (?:at|in|for|by)\b"
    r"|\b(?:minor|major) revisions?\b|\bintended for\b|\bprepared for\b|\btarget(?:ed|ing)\b"
    r"|\bpossible publication\b"
    r"|\breject(?:ed|ion)\b|\bresubmi|\bto be sent\b|\bsent to\b|\bplan(?:s|ned|ning)?\b|\bwill be sent\b",
    re.IGNORECASE,
)
_AWARD = re.compile(
    r"\b(?:best|outstanding|distinguished|exemplary)\b[^,;]{0,40}\b(?:paper|poster|demo|award|article"
    r"|thesis)\b"
    r"|\bhono[u]?rable mention\b|\bpaper award\b|\bawards? (?:winner|finalist|candidate|nomin\w+|at)\b"
    r"|\btest[- ]of[- ]time\b",
    re.IGNORECASE,
)
_NO_VENUE = re.compile(
    r"\b(?:thes[ie]s|dissertation|report|university|department|course|lecture notes on|extension of"
    r"|based on|version of|preprint of"
    r"|template|style|format|guidelines|copyright|permitted|rights|funded|grant|supported|challenge"
    r"|competition"
    r"|solution|team|track \d|dataset|benchmark|comments?|welcome|equal|contribut\w+|corresponding"
    r"|correspondence|code"
    r"|project|page|github|draft|preliminary|earlier|previous|article in a|follow-up|tutorial|talk"
    r"|slides|part \w+)\b",
    re.IGNORECASE,
)
_VENUE_NOUN = re.compile(
    r"\b(?:Conference|Conf\.|Symposium|Workshops?|Congress|Proceedings|Proc\.|Transactions|Trans\."
    r"|Journal|Letters|Lett\."
    r"|Magazine|Findings|Annals|Advances|Lecture Notes in|Meeting of)"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What may stand before "accepted": the paper itself, by whatever word, and in whatever state.
_SUBJECT = _words("""
    this the our a an paper papers article articles work manuscript study version versions of is are
    has have been was were will be and conference journal full short long regular final author
    author's authors accepted preprint pre-print extended abstract it also recently already just now
    as to which that draft peer reviewed peer-reviewed research letter survey review demo poster
    oral complete for contribution under original post-print chapter book revised submission
    submitted initially originally officially main text technical report tech arxiv definitive
    record
""")
_OTHER_SUBJECT = _words("""
    not if upon after until once when before pending awaiting data code codes dataset datasets model
    models weights video videos result results slides preliminary earlier previous shorter abridged
    part parts companion supplement supplementary material materials software theorem proof
    catalogue tables i ii portion portions section former prior first-version predecessor never
    unless pre-accepted catalog spectra images copy short-version
""")
_SMALL = _words("""
    of on the and for in at as with to a an by & / from its using via der für de la et del des en
    und le i.e. eds ed oral spotlight poster highlight paper papers track tracks main findings
    workshop workshops conference proceedings best award awards nominee candidate long short full
    demo demonstration session presentation special issue article invited industry industrial
    regular student camera-ready camera ready version accepted press research resource top th st nd
    rd non-archival archival extended abstract late-breaking volume colocated co-located late
    breaking system systems work-in-progress online 1st 2nd 3rd book chapter pre-print preprint
""")
_CALENDAR = _words("""
    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec spring summer fall autumn winter version copyright
    preprint draft revised updated since year ubuntu windows olympics
""")
_PRESENTED = re.compile(
    r"\(?(?:as (?:an? )?)?(?:oral|spotlight|poster|highlight|main(?! (?:paper|text|body))|findings|best"
    r"|outstanding|long|short"
    r"|full|regular|industry"
    r"|demo|research|conference|workshop|student|special issue|invited|nominated|accepted as|award"
    r"|honou?rable|non-archival"
    r"|camera-ready|ai track|datasets? and benchmarks)\b",
    re.IGNORECASE,
)
# A part that says how a paper was presented and no more.
_BARE_PRESENTATION = re.compile(
    r"(?:as )?(?:an? )?\(?(?:oral|spotlight|highlight)(?: (?:presentation|paper|talk))?\)?", re.IGNORECASE
)
# "CVPR oral", "ACL Findings", "acl2026 findings", "CVPR 2026(Highlight)": a short name, a year, what it was.
_SHORT_VENUE = re.compile(
    r"(?P<name>[A-Za-z]{3,14})(?P<year>[- ]?20\d\d)?"
    r"(?P<kind>(?:(?: ?\(| )(?:main|findings|oral|spotlight|highlight|poster|demo|track|conference|workshop"
    r"|presentation|paper|accepted)\b\)?){1,4})?",
    re.IGNORECASE,
)
# What tells of a decision: of "ICLR paper" nobody knows.
_CHOSEN = re.compile(r"main|findings|oral|spotlight|highlight|poster", re.IGNORECASE)
# Which short names are meetings although they are written like words.
_MEETINGS = _words("""
    aaai aacl aamas aistats bmvc chi cikm coling colm colt conll corl cvpr eacl eccv ecai ecml emnlp
    eusipco iccv icassp icde icdm icip iclr icml icpr icra ijcai ijcnn interspeech iros isbi kdd lrec miccai
    midl mlsys naacl neurips recsys semeval sigir siggraph tacl tmlr uai usenix vldb wacv wsdm acl
""")
_YEAR = re.compile(r"\(?(?:(?:19|20)\d\d|[’'‘`´]\d\d)\)?\.?$")
_ANY_YEAR = re.compile(r"(?:19|20)\d\d|[’'‘`´]\d\d")
_YEAR_AT_END = re.compile(r"(?:(?:19|20)\d\d|[’'‘`´]\d\d|(?<=[A-Z]{3})-?2\d)$")
_NOISE_IN_BRACKETS = re.compile(
    r"\s?\((?=[^()]{0,200}\))(?=[^()]{0,200}(?:\bpages?\b|\bfig|\btables?\b|appendix|supplement"
    r"|\bthis\b|doi|ISBN|vol\b|\bpp\b"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b|, [A-Z][a-z]+, ))[^()]{0,200}\)",
)
_TAIL = re.compile(
    r"\s(?:(?:source )?code(?=\s*[:(]|\s+(?:is|at|and|available|will|can|link|repo\w*)\b|$)|(?:our "
    r"|the )?(?:project|demo|git\w*)"
    r"(?=\s*:|[\s-]*(?:page|website|webpage|site|homepage|link|repo\w*)\b)|github\b|homepage\b"
    r"|website\b|webpage\b|doi\b"
    r"|isbn\b|issn\b|vol\.|volume \d|pp\.|pages \d|please\b|due to\b|supplementary\b|the (?:final|code"
    r"|data|source|project)\b"
    r"|this (?:is|version|paper|work|arxiv)\b|with (?:supp\w+|appendix|\d+)\b|\d+ (?:pages|figures"
    r"|tables)\b|subject to .*|(?:to be|will be|was) held\b|held (?:in|on)\b|scheduled\b|on (?:\d"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug"
    r"|Sep|Oct|Nov|Dec))"
    r"|\(?(?:to appear|accepted)? ?link\b|comments?:).*",
    re.IGNORECASE | re.DOTALL,
)
# "the 39th Annual Conference on … (NeurIPS 2025)", and what stands before such a name.
_LONG_NAME = re.compile(
    r"(?:^(?!Ac|Pu|Pr|To |In |Best |Outst|Oral |Spotl)|(?<= (?:at|in|to|by|of) )|(?<= (?:for|the) ))"
    r"(?:the |The )?(?=[A-Z0-9])"
    r"((?:[^()]|\(\w{2,8}\) ){24,160})\(([A-Z][^\s()]*[A-Z][^\s()]*(?: [^\s()]+)?)\)"
)
_OWN_NAME = re.compile(r"(?<![A-Z])(?!(?:IEEE|ACM|CVF|AAAI|IFIP|SPIE)\b)[A-Z]{3,}|[Ww]orkshop")
_CONDITION = re.compile(r"(?:if|once|when|upon|until|unless|after)\b", re.IGNORECASE)
_OTHER_WORK = re.compile(r".{0,60}\b(?:thes[ie]s|dissertation|technical report|template)\b", re.IGNORECASE)
_NO_NAME = re.compile(r"\w+(?: (?:for publication|on .*|\d.*))?")
_QUOTED = re.compile(r'["“”]')


def venue(comment: str, journal_ref: str = "") -> str:
    """Where the paper appears, in its authors' words and at most 80 columns; empty where they do not say.

    ``comment`` and ``journal_ref`` are arXiv's fields of these names, cleaned; the comment goes first.
    """
    text = comment[:_LONGEST_COMMENT]
    if _GONE.search(text):
        return ""
    text = _ADMIN_NOTE.sub("", _ADDRESS.sub(" ; ", text))
    is_denied = bool(_DENIED.search(text))
    claims = [
        claim for sentence in _sentences(text) for claim in _claims(_parts(sentence), is_denied=is_denied)
    ]
    return _fitting(list(dict.fromkeys(claims))) or _journal(journal_ref)


def _journal(journal_ref: str) -> str:
    """The venue of a journal reference; empty for an address or for more than a venue."""
    text = journal_ref.strip()
    if not text or _ADDRESS.search(text) or _DENIED.search(text) or _GONE.search(text):
        return ""
    if _QUOTED.search(text) or " et al" in text:  # a whole citation: authors, title, venue
        text = re.split(r'[,.]["”]\s*|["”][,.]?\s+|\bin:?\s+(?=[A-Z])', text)[-1]
    return shorten(text.strip(" ,.;"), LONGEST_VENUE)


def _sentences(text: str) -> Iterator[str]:
    for piece in _HARD_BREAK.split(text):
        start = 0
        for stop in _STOP.finditer(piece):
            rest = piece[stop.end() :]
            is_abbreviation = _ABBREVIATED.search(piece[max(stop.start() - 12, 0) : stop.start()])
            if is_abbreviation and not _NEW_TOPIC.match(rest):
                continue
            yield piece[start : stop.start()].strip()
            start = stop.end()
        yield piece[start:].strip()


def _parts(sentence: str) -> list[str]:
    """A sentence parted at its commas, but for those inside brackets; without counts at their beginnings."""
    sentence = _NOISE_IN_BRACKETS.sub("", _DASH.sub(", ", f" {sentence}"))
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(sentence):
        depth += (sign in "([（") - (sign in ")]）")
        if sign in ",，、" and depth <= 0:
            parts.append(sentence[start:at])
            start = at + 1
    parts.append(sentence[start:])
    return [_uncounted(part.strip(" .,")) for part in parts]


def _uncounted(part: str) -> str:
    while match := _LABEL.match(part) or _COUNT.match(part):
        part = part[match.end() :].lstrip(" ,.:-(")
    return part


def _claims(parts: Sequence[str], *, is_denied: bool) -> Iterator[str]:
    """What the parts of one sentence say of a venue. ``is_denied``: the comment speaks of a submission."""
    if _CONDITION.match(parts[0]):
        return
    # The parts so far say a venue; or they speak of a decision to come or of another text.
    is_open, is_closed = False, is_denied
    for at, part in enumerate(parts):
        claim = _ACCEPTED.search(part)
        is_closed = is_closed or bool(_OTHER_WORK.match(part))
        if _is_submission(part, claim):
            is_open, is_closed = False, True
            continue
        said = _accepted(part, claim) if claim else ""
        is_closed = is_closed or bool(claim and not said)
        if _is_award(part) or (not said and not is_closed and not is_open and _is_venue(part)):
            said = said or part.removeprefix("and ")
        if said:
            name = "" if is_open or not _NO_NAME.fullmatch(said) else parts[at - 1] if at else ""
            is_open = True
            yield _trimmed(
                (f"{name}, {said}" if _is_other_name(name) else said) + _continued(said, parts[at + 1 :])
            )
        elif is_open and _PRESENTED.match(part) and len(part.split()) <= _MOST_PRESENTED:
            yield _trimmed(part)
        elif not is_open and not is_closed and _BARE_PRESENTATION.fullmatch(part):
            yield part


def _is_submission(part: str, claim: re.Match[str] | None) -> bool:
    """Whether somebody is to decide yet; "submitted to and accepted by" says that it was decided."""
    denial = _DENIED.search(part)
    if denial is None:
        return False
    return claim is None or claim.start() < denial.start() or claim[0].lower() == "publication"


def _is_other_name(part: str) -> bool:
    """Whether a part is a name, and is not shown on its own already."""
    return _is_name(part) and not _BARE_PRESENTATION.fullmatch(part)


def _is_award(part: str) -> bool:
    return bool(_AWARD.search(part)) and not _NO_VENUE.search(part) and len(part.split()) <= _MOST_WORDS


def _continued(said: str, following: Sequence[str]) -> str:
    """What goes on after a comma: the year, a workshop's conference, the rest of a name with commas."""
    if following and not _ANY_YEAR.search(said) and not _YEAR_AT_END.search(said):
        is_incomplete = len(said.split()) <= 2 and len(following[0].split()) <= 6 and _is_name(following[0])
        if is_incomplete or _is_venue(following[0]):
            return f", {following[0]}"
    for at, part in enumerate(following[:4]):
        if _YEAR.match(part):
            return "" if part in said else f", {part}"
        if re.match(r"(?:and|&) [A-Z]", part):
            return "".join([f", {each}" for each in following[: at + 1]])
        if not re.match(r"[A-Z][\w-]+(?: [A-Z&][\w-]*){0,3}$", part):
            return ""
    return ""


def _accepted(part: str, claim: re.Match[str]) -> str:
    """The words of ``part`` from its claim on, or all of them where the venue stands before."""
    before = [word.strip("()[].:*").lower() for word in part[: claim.start()].split()]
    if any(word in _OTHER_SUBJECT for word in before):
        return ""
    if all(word in _SUBJECT or word.isdigit() or not word for word in before):
        return part[claim.start() :]
    return part if len(before) <= 8 and _is_name(part[: claim.start()]) else ""


def _is_venue(part: str) -> bool:
    """Whether a part without a verb is the name of a venue, with its year or a word for what it is."""
    words = part.split()
    if _is_short_venue(part):
        return True
    if not words or len(words) > _MOST_WORDS or _NO_VENUE.search(part) or not _is_name(part):
        return False
    if (_VENUE_NOUN.search(part) and len(words) >= 3) or (
        words[0] in {"IEEE", "ACM"} and 2 <= len(words) <= 4
    ):
        return True
    dated = [*words, *part.replace("-", " ").split()]  # "AAAI-26", "2026-Workshop"
    if not any(_YEAR_AT_END.search(word.strip("()[],.:*")) for word in dated):
        return False
    names = [word for word in words if word.lower() not in _SMALL and not _YEAR.match(word)]
    if not names or any(word.strip("(),.").lower() in _CALENDAR for word in names):
        return False
    return any(sum(map(str.isupper, word)) >= 2 for word in names) or len(names) == 1 or len(names) >= 3


def _is_short_venue(part: str) -> bool:
    """Whether a part is the short name of a venue, and a year or what the paper was there."""
    match = _SHORT_VENUE.fullmatch(part)
    if match is None:
        return False
    name, year, kind = match["name"], match["year"] or "", _CHOSEN.search(match["kind"] or "")
    if name.lower() in _MEETINGS:
        return bool(year or kind)
    if name.lower() in _SMALL | _CALENDAR | _SUBJECT | _OTHER_SUBJECT or _NO_VENUE.search(name):
        return False
    if sum(map(str.isupper, name)) >= 3:
        return bool(kind)
    return name.islower() and year[:1].isdigit()


def _is_name(text: str) -> bool:
    """Whether all words are those of a name: capitals, numbers, and the small words between them."""
    words = [word.strip("()[],.:*'\"’“”-–") for word in text.split()]
    return any(word[:1].isupper() for word in words) and all(
        not word or word in _SMALL or not word[0].islower() or sum(map(str.isupper, word)) >= 2
        for word in words
    )


def _trimmed(said: str) -> str:
    """Without addresses' labels, counts and places after it."""
    said = _TAIL.sub("", _NOISE_IN_BRACKETS.sub("", f" {said}"))
    said = said.strip(" \t.,:!/-–—*[")
    return said if said.count("(") == said.count(")") else said.replace("(", "").replace(")", "").strip()


def _fitting(claims: Sequence[str]) -> str:
    """As many claims as have room, at least one; a long name gives way to its abbreviation."""
    line = ""
    for claim in filter(None, claims):
        if columns(claim) > LONGEST_VENUE:
            claim = _LONG_NAME.sub(lambda name: name[0] if _OWN_NAME.search(name[1]) else name[2], claim)
        joined = f"{line}, {claim}" if line else claim
        if line and columns(joined) > LONGEST_VENUE:
            break
        line = joined
    return shorten(line, LONGEST_VENUE)
