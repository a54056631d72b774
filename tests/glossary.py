"""The voice of each language: its glossary in ``docs/glossary``, and what in the readers' texts breaks it.

A text is anything that readers see: a message of the pages, a phrase of the mails, a word of the in-depth
pages, the name of a topic. Each check takes one text and gives sentences that name the file, the key, what is
wrong and what is right.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale

from newsletter.languages import LANGUAGES
from tests.catalogues import LOCALES, found_messages, po_path, read_catalogue

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "glossary"
PHRASES = "newsletter/rendering/phrases"
WORDS = "newsletter/readings/words"
NAMES = "newsletter/topics/data/topic_names"

_GAP = "\ufffc"  # stands for whatever is filled in
_FILLED = re.compile(r"%\(\w+\)s|%%|\{\w*\}|</?\w+>|&\w+;")
_PROPER = re.compile(r"Hugging Face Daily Papers|Hugging Face|arXiv|Zotero|BibTeX|CSL-JSON|JavaScript")
_MARKS = re.compile(r"[\u064b-\u0652]")  # short vowels of Arabic, written or not
_LETTER = r"[\w\u0900-\u097f-]"  # vowel signs of Devanagari are no letters to Python
_JOINED = frozenset({"ko", "ja", "zh-Hans", "zh-Hant", "ar", "he"})  # words are joined to their neighbours


@dataclass(frozen=True, slots=True)
class Term:
    """One thing of the product, and its one word.

    ``forms`` are the ways it may stand in a sentence; "*" at the end stands for any ending. Where English has
    the term, the translation has one of its forms, unless its key is among the ``free``. ``never`` are the
    words that could be used for it and are not.
    """

    use: str
    forms: tuple[str, ...]
    never: tuple[str, ...] = ()
    free: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Glossary:
    """The terms and the manners of one language.

    ``never`` are words of another register or of a bad translation, each with the advice what to write.
    ``sentence_ends`` are the only endings of a sentence, where the language shows politeness there.
    ``as_typed`` are keys of texts that quote what readers type: signs are theirs there.
    """

    language: str
    terms: dict[str, Term]
    never: tuple[tuple[str, str], ...]
    sentence_ends: tuple[str, ...] = ()
    as_typed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Text:
    """What readers of a language see at a key of a file, and what readers of English see there.

    ``number`` is the category of CLDR where the text is one form of a plural.
    """

    file: str
    key: str
    english: str
    said: str
    number: str = ""

    def fault(self, problem: str) -> str:
        """A sentence that names the place."""
        form = f" ({self.number})" if self.number else ""
        return f"{self.file}: {self.key}{form}: {problem}"

    @property
    def bare(self) -> str:
        """What is said, without tags, and with one sign for all that is filled in."""
        return _bare(self.said)


def _bare(text: str) -> str:
    return _FILLED.sub(lambda gap: "" if gap[0][0] == "<" else _GAP, text)


@lru_cache
def glossary(code: str) -> Glossary:
    """The glossary of a language. A key that is not known is an error."""
    table = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    table.pop("register")  # for people
    terms = {name: _term(row) for name, row in table.pop("terms").items()}
    never = tuple((word, row["say"]) for row in table.pop("never", ()) for word in row["words"])
    ends = tuple(table.pop("sentence_ends", ()))
    typed = frozenset(table.pop("as_typed", ()))
    assert not table, f"{code}: {', '.join(table)}"
    return Glossary(language=code, terms=terms, never=never, sentence_ends=ends, as_typed=typed)


def _term(row: dict[str, Any]) -> Term:
    unknown = row.keys() - {"use", "means", "forms", "never", "free"}
    assert not unknown, unknown
    return Term(
        use=row["use"],
        forms=tuple(row.get("forms", [row["use"]])),
        never=tuple(row.get("never", ())),
        free=frozenset(row.get("free", ())),
    )


# ---------------------------------------------------------------------------------------------------- texts


@lru_cache
def texts(code: str) -> tuple[Text, ...]:
    """Every text that readers of the language ``code`` see."""
    return (*_pages(code), *_tables(code, PHRASES), *_tables(code, WORDS), *_tables(code, NAMES))


def _pages(code: str) -> Iterator[Text]:
    if code == "en":
        for message in found_messages():
            for form in [message] if isinstance(message, str) else message:
                yield Text("pages", _key(message), form, form)
        return
    name = code.replace("-", "_")
    if name not in LOCALES:
        return
    catalogue = read_catalogue(name)
    for row in catalogue:
        if not row.id:
            continue
        place = str(po_path(name).relative_to(ROOT))
        english = row.id if isinstance(row.id, str) else row.id[-1]
        forms = [row.string] if isinstance(row.string, str) else row.string or ()
        categories = _categories(name) if len(forms) > 1 else [""]
        for category, form in zip(categories, forms, strict=True):
            yield Text(place, _key(row.id), english, form, category)


def _key(message: str | Iterable[str]) -> str:
    return message if isinstance(message, str) else next(iter(message))


def _categories(name: str) -> list[str]:
    """CLDR's names for the plural forms of a catalogue, in the order of gettext."""
    known = ("zero", "one", "two", "few", "many", "other")
    tags = {*Locale.parse(name).plural_form.tags, "other"}
    return [category for category in known if category in tags]


def _tables(code: str, folder: str) -> Iterator[Text]:
    english = _flat(folder, "en")
    for key, value in _flat(folder, code).items():
        source = english[key]
        shown = source["other"] if isinstance(source, dict) else source
        if isinstance(value, dict):
            for category, form in value.items():
                yield Text(f"{folder}/{code}.toml", key, shown, form, category)
        else:
            yield Text(f"{folder}/{code}.toml", key, shown, value)


def _flat(folder: str, code: str) -> dict[str, Any]:
    """A file of texts by dotted keys; a plural is one value."""
    flat: dict[str, Any] = {}
    for name, value in tomllib.loads((ROOT / folder / f"{code}.toml").read_text(encoding="utf-8")).items():
        if isinstance(value, dict) and "other" not in value:
            flat.update({f"{name}.{inner}": text for inner, text in value.items()})
        else:
            flat[name] = value
    return flat


# --------------------------------------------------------------------------------------------------- checks


def faults(text: Text, voice: Glossary) -> list[str]:
    """What is wrong with ``text`` as its language speaks."""
    typed = text.key in voice.as_typed or text.key in glossary("en").as_typed
    return [
        *_words(text, voice),
        *_missing_terms(text, voice),
        *_sentence_ends(text, voice),
        *([] if typed else _signs(text, voice.language)),
        *_numbers(text, voice.language),
    ]


def has(word: str, text: str, code: str) -> bool:
    """Whether ``word`` stands in ``text``: as a word of its own, or anywhere where words are joined.

    Proper names are not looked at. A word with a capital letter is only found with it.
    """
    text, word = _PROPER.sub(_GAP, _MARKS.sub("", text)), _MARKS.sub("", word)
    if code in _JOINED:
        return word.rstrip("*").lower() in text.lower()
    end = "" if word.endswith("*") else rf"(?!{_LETTER})"
    flags = re.IGNORECASE if word.islower() else 0  # a capital letter is meant: Sie, not sie
    return re.search(rf"(?<!{_LETTER}){re.escape(word.rstrip('*'))}{end}", text, flags) is not None


def _words(text: Text, voice: Glossary) -> Iterator[str]:
    if text.file.startswith(NAMES):  # a science names its fields itself
        return
    for name, term in voice.terms.items():
        for word in term.never:
            if has(word, text.bare, voice.language):
                yield text.fault(f"“{word}” is not our word for “{name}”; write “{term.use}”")
    for word, advice in voice.never:
        if has(word, text.bare, voice.language):
            yield text.fault(f"“{word}”: {advice}")


def _missing_terms(text: Text, voice: Glossary) -> Iterator[str]:
    if text.file.startswith(NAMES) or text.key in glossary("en").as_typed:
        return
    for name, english in glossary("en").terms.items():
        term = voice.terms[name]
        if text.key in term.free | english.free or not any(
            has(form, _bare(text.english), "en") for form in english.forms
        ):
            continue
        if not any(has(form, text.bare, voice.language) for form in term.forms):
            yield text.fault(f"English says “{english.use}” here; our word for it is “{term.use}”")


def _sentence_ends(text: Text, voice: Glossary) -> Iterator[str]:
    if not voice.sentence_ends or text.key in glossary("en").as_typed:
        return
    for sentence in re.findall(r"[^.?!。？！]+(?:[.?!](?=\s|$)|[。？！])", text.bare):
        if not sentence.endswith(voice.sentence_ends):
            ends = " ".join(voice.sentence_ends)
            yield text.fault(f"“{sentence.strip()}” is not in our register; a sentence ends in one of {ends}")


_JOINTS = frozenset({"list_separator", "opening", "closing", "colon"})  # signs with their own spaces
_STOPS = {"ja": "。", "zh-Hans": "。", "zh-Hant": "。", "hi": "।"}
_ASKS = {"ja": "？", "zh-Hans": "？", "zh-Hant": "？", "ar": "؟"}
_COLONS = {"ja": "：", "zh-Hans": "：", "zh-Hant": "："}
_CJK = r"\u3040-\u30ff\u3400-\u9fff々"
_UNITS = "편|명|개|건|번|쪽|통|일|단어|겹"

# By language: an expression that must not be found, and what is right instead.
_HAN = [
    (rf"[{_CJK}][,.:;!?()]|[,.:;!?()][{_CJK}]", "a full-width sign beside Chinese and Japanese letters"),
    (
        r" [，。：；！？（）「」『』、《》〈〉]|[，。：；！？（）「」『』、《》〈〉] ",
        "no space beside a full-width sign",
    ),
]
_CHINESE = [
    *_HAN,
    (rf"[{_CJK}][A-Za-z0-9]|[A-Za-z0-9][{_CJK}]", "a space between Chinese and Latin letters or digits"),
]
_RULES: dict[str, list[tuple[str, str]]] = {
    "zh-Hans": _CHINESE,
    "zh-Hant": _CHINESE,
    "ja": [
        *_HAN,
        (
            rf"[{_CJK}] [A-Za-z0-9{_GAP}]|[A-Za-z0-9{_GAP}] [{_CJK}]",
            "no space beside Latin letters or digits",
        ),
        (r"か$|か。", "a question mark after a question"),
    ],
    "ko": [
        (rf"[0-9] (?:{_UNITS}|시간)(?![가-힣])|{_GAP} (?:{_UNITS})(?![가-힣])", "no space before a unit"),
        (
            rf"{_GAP}(?:은|는|이|가|을|를|와|과)(?![가-힣])",
            "no particle that depends on what is filled in",
        ),
        (r"\([으은을이]\)|[을은이]\([를는가]\)", "a sentence that needs no double particle"),
        (r"[、。：；！？，（）]", "half-width signs"),
    ],
    "ar": [(r"[,;?]", "the Arabic signs ، ؛ ؟")],
    "he": [(r"[א-ת]-[A-Za-z0-9]", "a maqaf (־) after a prefix")],
    "hi": [(r"[\u0900-\u097f]\.", "a danda (।) after a sentence")],
    "fr": [
        (r"(?<![\u00a0\u202f])[:;?!»]|«(?![\u00a0\u202f])", "a no-break space inside « » and before : ; ? !"),
    ],
    "es": [(r"^[^¿]*\?|^[^¡]*!", "¿ and ¡ before a question and an exclamation")],
}


def _signs(text: Text, code: str) -> Iterator[str]:
    said = text.bare
    if said != said.strip() and text.key not in _JOINTS:
        yield text.fault("a space at the beginning or at the end")
    if "  " in said:
        yield text.fault("two spaces")
    if "..." in said:
        yield text.fault("… is one sign")
    if "!" in said.replace("！", "!") and not text.key.startswith("welcome."):
        yield text.fault("only the welcome has an exclamation mark")
    own = {*"".join(LANGUAGES[code].quotes), *"".join(LANGUAGES[code].inner_quotes), "’"}
    for sign in sorted(set("\"'“”„‘’‚«»‹›「」『』") & set(said) - own):
        yield text.fault(f"{sign} is not among our quotation marks: {''.join(LANGUAGES[code].quotes)}")
    for pattern, right in _RULES.get(code, ()):
        if wrong := re.search(pattern, said):
            yield text.fault(f"“{wrong[0]}”: {right}")
    yield from _last_sign(text, code)


def _last_sign(text: Text, code: str) -> Iterator[str]:
    """A sentence in English is one in each language, and a label is a label."""
    stop, ask, colon = _STOPS.get(code, "."), _ASKS.get(code, "?"), _COLONS.get(code, ":")
    allowed = {".": stop, "?": ask, ":": colon + stop, "…": "…"}.get(text.english[-1:], "")
    last = text.said[-1:]
    if allowed and last not in allowed and not (text.english.endswith("?") and last.isalpha()):
        yield text.fault(f"English ends with “{text.english[-1]}”; here “{allowed[0]}” stands last")
    elif not allowed and last and last in f"{stop}{ask}{colon}" and text.english[-1:] != "!":
        yield text.fault(f"English ends without a sign; “{last}” is left out here")


@lru_cache
def _single(code: str) -> frozenset[str]:
    """The plural categories that hold for one number only, which may then be said in words."""
    form = Locale.parse(code.replace("-", "_")).plural_form
    seen: dict[str, int] = {}
    for number in range(1, 250):
        seen[form(number)] = seen.get(form(number), 0) + 1
    return frozenset({"zero", *(category for category, count in seen.items() if count == 1)})


def _numbers(text: Text, code: str) -> Iterator[str]:
    if not text.number or text.number in _single(code):
        return
    for gap in re.findall(r"%\(\w+\)s|\{\w*\}", text.english):
        if gap not in text.said:
            yield text.fault(f"the form stands for many numbers, and does not say {gap}")
