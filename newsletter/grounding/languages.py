"""The checks "language" and "script": each field is in the reader's language and in its letters."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lingua import Language as Detected
from lingua import LanguageDetector, LanguageDetectorBuilder

from newsletter.grounding import words
from newsletter.grounding.boundaries import compile_words
from newsletter.grounding.chinese import NOT_JAPANESE, ONLY_SIMPLIFIED, ONLY_TRADITIONAL
from newsletter.grounding.findings import Finding
from newsletter.grounding.lexicons import lexicon, lexicons
from newsletter.languages import language as language_of

# Only languages that share a script need a detector; the others are told apart by their letters.
_LATIN = {
    code: Detected.from_str(each.writing.detector)
    for code, each in lexicons().items()
    if each.writing.detector
}
_CODES = {detected: code for code, detected in _LATIN.items()}
_SURE = 0.72
_SHORTEST = 18  # letters; a detector guesses below that
_SHORT = 40  # letters; below that it takes "Diffusion models dominate" for French
_SURE_OF_SHORT, _NONE_OF_SHORT = 0.95, 0.02


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    """Models of the languages in Latin letters, loaded at the first need, kept for the process."""
    return LanguageDetectorBuilder.from_languages(*_LATIN.values()).with_low_accuracy_mode().build()


_QUOTED = re.compile(r"\([^)]{0,400}\)|（[^）]{0,400}）|\"[^\"]{0,400}\"|`[^`]{0,400}`|https?://\S+")
_NAME_LIKE = compile_words(r"\b[\w./+-]{0,80}(?:[A-Z]|\d)[\w./+-]*+")


def detect(text: str, *, expected: str) -> str:
    """The language code a text is in, as far as letters and statistics can say; ``expected`` in doubt.

    Names, quoted terms and addresses are left out. Latin-script languages beyond those of
    :mod:`newsletter.languages` come out as the nearest of them.
    """
    plain = _QUOTED.sub(" ", words.normalise(text))
    counts = words.count_scripts(plain)
    if not counts:
        return expected
    if expected in _LATIN:
        return _detect_among_latin(plain, counts, expected)
    return _detect_by_script(plain, counts, expected)


def _detect_among_latin(plain: str, counts: dict[str, int], expected: str) -> str:
    latin = counts.get("Latin", 0)
    if latin < sum(counts.values()) - latin:
        return _by_letters(counts)
    prose = plain[:1].lower() + plain[1:]
    prose = _NAME_LIKE.sub(" ", prose) if expected != "de" else prose
    if sum(letter.isalpha() for letter in prose) < _SHORTEST:
        return expected
    if _is_plainly(prose, expected):
        return expected
    values = _detector().compute_language_confidence_values(prose)
    first = values[0]
    own = next(each.value for each in values if each.language == _LATIN[expected])
    # The source is English, so English is what comes untranslated: it is noticed as early as can be.
    short = sum(letter.isalpha() for letter in prose) < _SHORT and first.language != Detected.ENGLISH
    sure, least = (_SURE_OF_SHORT, _NONE_OF_SHORT) if short else (_SURE, 0.2)
    if first.value >= sure and own < least:
        return _CODES[first.language]
    return expected


# The commonest small words: three lines of a language are full of them, and of no other language's.
_SMALL = {code: frozenset(lexicon(code).writing.small_words) for code in _LATIN}
_ENOUGH, _PLAIN_SHARE = 3, 0.2


def _is_plainly(prose: str, expected: str) -> bool:
    """Whether small words alone settle it: many of the language's own, few of any other's."""
    tokens = words.words(prose)
    counts = {code: sum(word in small for word in tokens) for code, small in _SMALL.items()}
    own = counts.pop(expected)
    return own >= _ENOUGH and own >= _PLAIN_SHARE * len(tokens) and own > 2 * max(counts.values())


def _detect_by_script(plain: str, counts: dict[str, int], expected: str) -> str:
    own = sum(counts.get(script, 0) for script in language_of(expected).scripts)
    latin = counts.get("Latin", 0)
    wordy = sum(len(match.group()) for match in re.finditer(r"[a-z]{3,}", plain))
    # A character of Hangul, Han or kana carries about as much as two and a half Latin letters.
    carried = own * (2.5 if language_of(expected).cjk else 1.0)
    foreign = sum(counts.values()) - own - latin
    if own == 0 and latin and not wordy:
        return expected  # nothing but names
    if carried < wordy or own < foreign or own == 0:
        return "en" if latin >= foreign else _by_letters(counts)
    if expected in {"zh-Hans", "zh-Hant"}:
        return _detect_chinese(plain, counts, expected)
    if expected == "ja" and not counts.get("Hiragana") and counts.get("Han", 0) >= 8:
        return _detect_without_kana(plain, counts)
    return expected


_LONGEST_TITLE = 30  # Han characters


def _detect_without_kana(plain: str, counts: dict[str, int]) -> str:
    """Japanese titles may be all kanji ("画像生成高速化手法 FlashDraw"); sentences are not."""
    if any(letter in NOT_JAPANESE or letter in "。,、" for letter in plain):
        return "zh-Hans"
    return "ja" if counts.get("Katakana") or counts["Han"] <= _LONGEST_TITLE else "zh-Hans"


def _detect_chinese(plain: str, counts: dict[str, int], expected: str) -> str:
    kana = counts.get("Hiragana", 0) + counts.get("Katakana", 0)
    if kana > 0.1 * counts.get("Han", 1):
        return "ja"
    simplified = sum(letter in ONLY_SIMPLIFIED for letter in plain)
    traditional = sum(letter in ONLY_TRADITIONAL for letter in plain)
    if expected == "zh-Hans" and traditional > 1 and traditional > simplified:
        return "zh-Hant"
    if expected == "zh-Hant" and simplified > 1 and simplified > traditional:
        return "zh-Hans"
    return expected


_OF_SCRIPT = {
    "Hangul": "ko", "Hiragana": "ja", "Katakana": "ja", "Han": "zh-Hans", "Cyrillic": "ru", "Arabic": "ar",
    "Hebrew": "he", "Devanagari": "hi", "Latin": "en",
}  # fmt: skip


def _by_letters(counts: dict[str, int]) -> str:
    if counts.get("Hiragana", 0) > 0.1 * counts.get("Han", 0) and counts.get("Hiragana"):
        return "ja"
    return _OF_SCRIPT.get(max(counts, key=lambda script: counts[script]), "und")


def check_language(text: str, *, language: str, field: str, source: str = "") -> Iterator[Finding]:
    """``source`` is the English source: what is said in its words is English, however short."""
    detected = "en" if _is_copied(text, source, language) else detect(text, expected=language)
    if detected != language and not (language == "en" and _is_in_words_of(text, source)):
        own = language_of(language).english_name
        words_shown = tuple(text.split()[:6])
        yield Finding("language", "failed", field, words_shown, f"This must be written in {own}; it is not.")


_FEWEST_COPIED = 3  # words


def _is_copied(text: str, source: str, language: str) -> bool:
    """Whether a text in another language than English is a piece of the source, however short."""
    if language == "en" or not source:
        return False
    plain = _QUOTED.sub(" ", words.normalise(text))
    tokens = words.words(plain)
    english = _SMALL["en"] - _SMALL.get(language, frozenset())
    if len(tokens) < _FEWEST_COPIED or english.isdisjoint(tokens):
        return False
    known = words.words(_QUOTED.sub(" ", words.normalise(source)))
    return f" {' '.join(tokens)} " in f" {' '.join(known)} "


_FEWEST_SHARED = 0.66
_FOREIGN_SMALL = frozenset().union(*(small for code, small in _SMALL.items() if code != "en")) - _SMALL["en"]


def _is_in_words_of(text: str, source: str) -> bool:
    tokens = words.words(words.normalise(text))
    if not tokens or not _FOREIGN_SMALL.isdisjoint(tokens):
        return False
    known = {words.stem(word) for word in words.words(words.normalise(source))}
    return sum(words.stem(word) in known for word in tokens) >= _FEWEST_SHARED * len(tokens)


_MIXED = (
    # Korean puts particles right after Latin words ("LLM은"), never Latin letters right after Hangul.
    re.compile("[\uac00-\ud7a3]{1,60}[a-z]+[\uac00-\ud7a3]*"),
    re.compile("[A-Za-z]{1,60}[\u0400-\u04ff]+[A-Za-z]*|[\u0400-\u04ff]{1,60}[A-Za-z]+[\u0400-\u04ff]*"),
    re.compile(
        "[A-Za-z]{1,60}[\u0591-\u05ea\u0620-\u0669\u066e-\u06d3\u06d5-\u06ff]+|[\u0620-\u06ff\u05d0-\u05ea]{3,60}[A-Za-z]+"
    ),
    re.compile("[A-Za-z]{0,60}[\u0370-\u03ff][A-Za-z]{2,}|[A-Za-z]{2,60}[\u0370-\u03ff][A-Za-z]+"),
    re.compile("[\uac00-\ud7a3]{1,60}[\u4e00-\u9fff]+[\uac00-\ud7a3]*|[\u4e00-\u9fff]{1,60}[\uac00-\ud7a3]+"),
    re.compile("\ufffd+"),
)
_ALWAYS = {"Latin", "Greek"}
_WORD = compile_words(r"\w+")


def check_script(text: str, source: str, *, language: str, field: str) -> Iterator[Finding]:
    """Words that mix scripts, and letters at home in neither the language nor the source."""
    plain = words.normalise(text)
    if plain.isascii():
        return
    known = words.normalise(source)
    lower = known.lower()
    for pattern in _MIXED:
        for match in pattern.finditer(plain):
            word = match.group()
            latin = [run.lower() for run in re.findall("[A-Za-z]+", word)]
            if word.lower() in lower or (
                latin and word[0] > "\u1100" and all(_is_word_of(run, lower) for run in latin)
            ):
                continue
            yield Finding("script", "failed", field, (word,), f"“{word}” mixes scripts within one word.")
            return
    allowed = set(language_of(language).scripts) | _ALWAYS
    for name in words.count_scripts(plain):
        if name in allowed or name in words.count_scripts(known):
            continue
        letters = _WORD.findall("".join(c if name in words.count_scripts(c) else " " for c in plain))
        yield Finding(
            "script", "failed", field, tuple(letters[:5]), f"{name} letters have no place in this language."
        )
    yield from _check_chinese(plain, known, language=language, field=field)


def _is_word_of(run: str, lower_source: str) -> bool:
    return re.search(rf"(?<![a-z]){re.escape(run)}(?![a-z])", lower_source) is not None


def _check_chinese(plain: str, known: str, *, language: str, field: str) -> Iterator[Finding]:
    foreign = {"zh-Hans": ONLY_TRADITIONAL, "zh-Hant": ONLY_SIMPLIFIED}.get(language)
    if foreign is None:
        return
    letters = tuple(dict.fromkeys(letter for letter in plain if letter in foreign and letter not in known))
    if letters:
        other = "traditional" if language == "zh-Hans" else "simplified"
        yield Finding(
            "script", "failed", field, letters, f"These are {other} characters: {''.join(letters)}."
        )
