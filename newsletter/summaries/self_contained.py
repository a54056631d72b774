"""Which sentences of an abstract are understood without the ones before them. Pure.

A sentence leans on others by a connective that opens it ("However,", "To overcome this trap,"), or by words
that point back ("It", "these findings", "the former"). A connective that opens it may be cut if a whole
sentence remains; whatever points back from within may not.
"""

import re

from newsletter.text.tex.symbols import words

_MOST_CUTS = 3
_LONGEST_OPENING = 160  # characters
_FEWEST_WORDS = 5  # of a sentence
_FEWEST_BEFORE_PRONOUN = 3  # words in which something was named that a pronoun may stand for
_FEWEST_IN_CLAUSE = 5  # words of a clause to which "and this …" may refer

_OWN = (
    r"(?:paper|work|study|article|report|letter|note|survey|review|thesis|dissertation|manuscript"
    r"|chapter|tutorial"
    r"|proceeding|investigation)s?"
)
# "1)", "(ii)", "2)." before a sentence, and an item of a list that began in an earlier one.
_LIST_MARK = re.compile(r"\(?(?:\d{1,2}|i{1,3}|iv|v|[a-e])[).]{1,2}\s+(?=[A-Z])")
_FIRST_ITEM = re.compile(r"(?<![\w.-])\(?(?:1|i|a)\)")
_LATER_ITEM = re.compile(r"(?<![\w.-])\(?(?:2|3|4|ii|iii|iv)\)")

_CONNECTIVE = re.compile(
    r"(?:however|moreover|furthermore|further|additionally|in addition|besides|also|(?:more )?specifically"
    r"|in particular|particularly|concretely|notably|(?:most |more )?importantly|crucially|critically|finally"
    r"|lastly"
    r"|first(?:ly)?(?: of all)?|second(?:ly)?|third(?:ly)?|fourth(?:ly)?|then|next|thus|hence|therefore"
    r"|consequently"
    r"|accordingly|instead|rather|meanwhile|subsequently|afterwards?|conversely|overall|altogether|together"
    r"|taken together|in sum(?:mary)?|in short|to summari[sz]e|in conclusion|to conclude|similarly|likewise"
    r"|analogously|nevertheless|nonetheless|still|alternatively|simultaneously|concurrently|correspondingly"
    r"|in (?:contrast|comparison|parallel|turn|response|practice|fact|doing so|so doing|other words)"
    r"|by (?:contrast|doing so)"
    r"|in this (?:way|context|regard|setting|respect|direction|framework|light|case|sense|manner|spirit|vein)"
    r"|in the (?:first|second|third|fourth|last|final|next|other) \w{1,30}|at the same time|indeed"
    r"|that is|namely"
    r"|as (?:an?|one|its) (?:\w{1,30} )?(?:result|consequence|corollary|by-product|application|step"
    r"|case)|as such"
    r"|for (?:example|instance|this (?:purpose|reason|goal)|that purpose)|to (?:this|that|these) (?:end"
    r"|aim|ends)"
    r"|on the (?:other|one|contrary) ?(?:hand|side)?|equivalently|along the way|of note|to do (?:so|this)"
    r"|(?:on top of|apart from|aside from|beyond) (?:this|that)|(?:motivated|inspired) by (?:this|that)"
    r"|(?:building|based) on (?:this|that)|here|now|and|but|yet|so|technically|physically|geometrically)\b"
    rf"(?:,\s{{0,2}}|\s(?=we\b|this {_OWN}\b|our\b))",
    re.IGNORECASE,
)
# Connectives by which a sentence adds to the main one.
_ADDING = re.compile(
    r"(?:moreover|furthermore|further|additionally|in addition|besides|also|(?:more )?specifically"
    r"|in particular"
    r"|particularly|concretely|notably|finally|lastly|second(?:ly)?|third(?:ly)?|next|then|meanwhile"
    r"|consequently"
    r"|simultaneously|in other words|as (?:an?|one|its) (?:\w{1,30} )?(?:consequence|corollary|by-product"
    r"|application|result)"
    r"|for (?:example|instance))\b",
    re.IGNORECASE,
)
# Opening phrases that may point back; the sentence begins after a comma, with the authors or a name.
_OPENING = re.compile(
    r"(?:to|by|with|within|in|for|from|on|at|as|based|building|built|leveraging|using|employing"
    r"|utili[sz]ing|motivated"
    r"|inspired|driven|guided|informed|given|under|following|beyond|despite|after|through|upon|unlike"
    r"|towards?"
    r"|because|since|while|although|though|when|considering|recogni[sz]ing|observing|addressing|extending"
    r"|complementing|applying|instead|rather|besides|apart|aside|compared|contrary|alongside|due|drawing"
    r"|grounded"
    r"|combined|together|armed|equipped|enabled|powered|once|empowered|exploiting|capitali[sz]ing|starting"
    r"|integrating|expanding|taking|if)\b",
    re.IGNORECASE,
)
_IN_ADDITION = re.compile(r"(?:in addition to|besides|apart from|aside from|beyond)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(rf"(?:we|i|our|(?:this|the present) {_OWN})\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][\w-]{0,40}[A-Z0-9][\w-]{0,40}\s[a-z]")
_COMMA = re.compile(r",\s+")

# Words that stand for something that was said before: at the beginning of a sentence …
_BEGINS_BACK = re.compile(
    r"(?:it|they|its|their|he|she|his|her|both|neither|either|such|those|these|that|another|others?|one"
    r"|doing so"
    r"|the (?:former|latter|resulting|resultant|second|third|other|same|above|said|aforementioned|premier"
    r"|corresponding|associated|two|three|four)|each (?:of (?:these|those|them)|one|component|stage"
    r"|module|part)"
    r"|(?:some|several|most|all|many|none|one|two) of (?:these|those|them|the examples)|an equivalent"
    r"|similar(?:ly)?"
    r"|(?:representative |typical |concrete )?examples|there|the result is)\b"
    rf"|(?:this|the present)\b(?!\s(?:\w{{1,30}}\s)?{_OWN}\b)",
    re.IGNORECASE,
)
_PLACE_THEN_PRONOUN = re.compile(
    r"(?:in|on|at|for|across|under|with|during|after)\b[^,]{1,80},\s(?:it|they)\b", re.IGNORECASE
)
# … and anywhere in it.
_POINTS_BACK = re.compile(
    rf"\b(?:(?:this|these)\b(?!\s(?:[\w-]{{1,30}}\s)?{_OWN}\b)|such\b(?! (?:as|that)\b)|the (?:former|latter"
    rf"|above)\b"
    r"|(?:in|of|for|at|with|from|by) those\b(?! (?:who|that|of|in|with|from|for|which|where|\w{1,30}ed"
    r"|\w{1,30}ing)\b)"
    r"|that (?:standard|gap|challenge|issue|limitation|problem|question|trap|view|assumption|idea)\b"
    r"|(?:review|challeng|address|clos|resolv|bridg|fill|tackl|overcom|extend)(?:e?s|e|ing)? that\b"
    r"|the aforementioned\b|an analogous\b|a similar \w{1,30}\b(?! (?:to|as)\b)|similar (?:benefits|effects?"
    r"|results?)\b"
    r"|the same (?:question|problem|issue|time|idea|approach|way|result)\b|doing so\b"
    r"|both (?:limitations|challenges|issues|problems|gaps|goals|questions)\b)",
    re.IGNORECASE,
)
_NEW_CLAUSE = re.compile(r"(?:[;:–—]\s|,\s(?:and|but|while|so|where|as)\s)(?:and |but )?$")
_PRONOUN = re.compile(r"\b(?:it|they|them|its|their)\b", re.IGNORECASE)
# "It is shown that", "there is": these stand for nothing.
_STANDS_FOR_NOTHING = re.compile(
    r"it (?:is|was|has been|can be|turns out|follows)\s?(?:then |also |further |thus )?(?:found|shown"
    r"|proved|proven"
    r"|demonstrated|observed|argued|known|conjectured|established|well[- ]known|possible|seen|noted|verified"
    r"|confirmed)?\s?(?:that|to)\b|there (?:is|are|exists?)\b|those (?:who|that|of)\b",
    re.IGNORECASE,
)
# Before a pronoun these have named nothing.
_NAMES_NOTHING = words(
    "we i our also further then now here how when that whether to for with by from of on in and as not"
    " can show"
    " find prove demonstrate argue compare apply use extend study verify test evaluate validate observe"
    " conclude discuss explain motivate illustrate introduce define derive obtain present propose make allow"
    " enable"
)
_CUT_OFF = re.compile(r"(?:\.\.|…|:|;|,|\b(?:and|or|the|of|a))\s?\.{0,4}$")
_FRAGMENT = re.compile(r"(?:by|with|for|through|via|without|including|using)\b[^,]*$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def self_contained(sentence: str) -> str:
    """The sentence as it is understood without those before it; empty if it is not.

    What it says is the author's, word for word: an opening connective is left out, and the next letter made
    a capital.
    """
    text = _without_connectives(sentence)
    if len(_WORD.findall(text)) < _FEWEST_WORDS or _CUT_OFF.search(text) or _FRAGMENT.match(text):
        return ""
    if _is_later_item(sentence) and not _FIRST_PERSON.match(text):
        return ""
    return "" if _begins_back(text) or _points_back(text) or _has_loose_pronoun(text) else text


def is_added(sentence: str) -> bool:
    """Whether a sentence says by its opening that it adds to what was said, and is not the main one."""
    return bool(_ADDING.match(sentence))


def _without_connectives(sentence: str) -> str:
    text = sentence
    for _ in range(_MOST_CUTS):
        shorter = _cut(text)
        if shorter == text:
            break
        text = shorter
    return text if text == sentence else _with_capital(text)


def _cut(text: str) -> str:
    """The text without the connective or the phrase that opens it and leads back; the same if none does."""
    match = _LIST_MARK.match(text) or _CONNECTIVE.match(text)
    if match:
        return text[match.end() :]
    if not _OPENING.match(text):
        return text
    for comma in _COMMA.finditer(text, 0, _LONGEST_OPENING):
        rest = text[comma.end() :]
        if _FIRST_PERSON.match(rest) or _NAME.match(rest):
            return rest if _leads_back(text[: comma.start()]) else text
    return text


def _leads_back(phrase: str) -> bool:
    return bool(_IN_ADDITION.match(phrase)) or _points_back(phrase) or _has_loose_pronoun(phrase)


def _is_later_item(sentence: str) -> bool:
    later = _LATER_ITEM.search(sentence)
    return bool(later) and not _FIRST_ITEM.search(sentence, 0, later.start() if later else 0)


def _begins_back(text: str) -> bool:
    if _STANDS_FOR_NOTHING.match(text):
        return False
    return bool(_BEGINS_BACK.match(text) or _PLACE_THEN_PRONOUN.match(text))


def _points_back(text: str) -> bool:
    """Whether words refer to something outside the sentence. Those that open a later clause may refer"
    " to it."""
    for match in _POINTS_BACK.finditer(text):
        before = text[: match.start()]
        clause = before.rpartition(";")[0] or (before if _NEW_CLAUSE.search(before[-12:]) else "")
        if len(_WORD.findall(clause)) < _FEWEST_IN_CLAUSE:
            return True
    return False


def _has_loose_pronoun(text: str) -> bool:
    """Whether a pronoun comes before anything that it could stand for."""
    match = _PRONOUN.search(text)
    if not match or _STANDS_FOR_NOTHING.match(text, match.start()):
        return False
    before = _WORD.findall(text[: match.start()])
    return len(before) < _FEWEST_BEFORE_PRONOUN or _NAMES_NOTHING.issuperset(map(str.casefold, before))


def _with_capital(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if any(letter.isupper() for letter in first) else text[:1].upper() + text[1:]
