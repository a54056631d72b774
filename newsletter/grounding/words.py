"""Words, sentences and scripts: how texts are made comparable before anything is compared."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from newsletter.grounding.boundaries import LATIN, MARKS, compile_words
from newsletter.grounding.lexicons import english

_TEX_SYMBOLS = {
    r"\times": "×",
    r"\sim": "~",
    r"\approx": "~",
    r"\simeq": "~",
    r"\pm": "±",
    r"\%": "%",
    r"\&": "&",
    r"\_": "_",
    r"\#": "#",
    r"\to": "→",
    r"\rightarrow": "→",
    r"\leq": "≤",
    r"\le": "≤",
    r"\geq": "≥",
    r"\ge": "≥",
    r"\alpha": "α",
    r"\beta": "β",
    r"\gamma": "γ",
    r"\lambda": "λ",
    r"\pi": "π",
    r"\sigma": "σ",
    r"\tau": "τ",
    r"\omega": "ω",
}
_TEX_WRAPPER = re.compile(
    r"\\(?:text(?:bf|it|sc|tt|sf|rm|normal)?|emph|math(?:bf|rm|it|sf|tt|cal|bb)|mbox|url|href|underline)\s*\{"
)
_TEX_SWITCH = re.compile(r"\\(?:sc|bf|it|em|tt|rm|sf)\b\s*")
_TEX_SPACE = re.compile(r"\\[,;:! ]")
_TEX_COMMAND = re.compile(r"\\[A-Za-z]+\*?")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_FOLDED = str.maketrans(
    {
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": " - ",
        "−": "-",
        "〜": "~",
        "∼": "~",
        "־": "-",  # the Hebrew hyphen
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "\u200b": "",
        "\u200c": "",
        "\u200d": "",
        "\u200e": "",
        "\u200f": "",
        "\u2060": "",
        "\ufeff": "",
        "\u00ad": "",
        "ـ": "",  # the Arabic stretching stroke
    }
)
_ARABIC_MARKS = re.compile("[\u064b-\u0652\u0670]")


_TIE = re.compile(r"(?<=\d)~(?=[A-Za-zµμ%])")  # TeX ties a number to its unit: "450~MB"
_GLUED_UNIT = re.compile(r"(?<=\d)\{(?=\\(?:rm|it|mathrm|text)\b)")  # "0.26{\rm Gpc}"


@lru_cache(maxsize=2048)
def normalise(text: str) -> str:
    """The text in one plain shape: no TeX, one kind of dash and quotation mark, Western digits, NFKC.

    Case is kept. What TeX cannot be read is dropped: this text is compared, never shown.
    """
    text = _TIE.sub(" ", text)
    if "\\" in text:
        text = _GLUED_UNIT.sub(" {", text)
        for command, symbol in _TEX_SYMBOLS.items():
            text = re.sub(re.escape(command) + r"(?![A-Za-z])", symbol, text) if command in text else text
        text = _TEX_SPACE.sub(" ", text)
        text = _TEX_WRAPPER.sub("{", text)
        text = _TEX_SWITCH.sub("", text)
        text = _TEX_COMMAND.sub(" ", text)
    text = text.replace("$", "").replace("{", "").replace("}", "").replace("\\", "")
    text = _SUPERSCRIPT.sub(lambda match: "^" + match.group().translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text).translate(_FOLDED)
    text = _ARABIC_MARKS.sub("", text)
    if not text.isascii():
        text = "".join(_western(letter) for letter in text)
    text = text.replace("--", " - ")
    return " ".join(text.split())


def _western(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    # The expressions know a newer Unicode than Python, with digits that are no numbers here.
    return "□" if letter > "\uffff" and unicodedata.category(letter) == "Cn" else letter


_WORD = compile_words(r"[^\W_]+(?:'[^\W_]+)?")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
CJK_RUN = re.compile(f"[{_CJK}]+")
LATIN_RUN = re.compile(f"[{LATIN}][{LATIN}{MARKS}0-9]*")


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words of letters and digits; hyphenated ones apart."""
    return tuple(match.lower() for match in _WORD.findall(text))


_ENGLISH = english()
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[^\sa-z])|(?<=[。！？।])\s*|(?<!\s)\s*\n\s*")


@lru_cache(maxsize=1024)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text; "e.g." and the like end none."""
    parts: list[str] = []
    carried = ""
    for part in _SENTENCE_END.split(text):
        if not part:
            continue
        carried = f"{carried} {part}".strip()
        last = carried.rstrip(".").rsplit(" ", 1)[-1].lower().strip("(")
        if carried.endswith(".") and last in _ENGLISH.abbreviations:
            continue
        parts.append(carried)
        carried = ""
    if carried:
        parts.append(carried)
    return tuple(parts)


_SUFFIXES = frozenset(_ENGLISH.suffixes)
_LONGEST_SUFFIX = max(map(len, _SUFFIXES))
_LEFT_OF_SHORT = frozenset({"s", "e", "y", "es", "ed"})  # may leave three letters, others leave four
_KEPT = frozenset(_ENGLISH.kept_whole)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The part of a lower-case English word that its relatives share: "efficiency", "efficiently" → "effici".

    Cut more boldly than Porter's algorithm does (https://tartarus.org/martin/PorterStemmer/), because a
    missed relative costs a good summary and a false one costs little. Words of other scripts stay whole.
    """
    word = word.removesuffix("'s").replace("'", "")
    if word in _KEPT or not word.isascii() or not word.isalpha():
        return word
    for _ in range(3):
        for size in range(min(_LONGEST_SUFFIX, len(word) - 3), 0, -1):
            suffix = word[-size:]
            if suffix in _SUFFIXES and (len(word) - size > 3 or suffix in _LEFT_OF_SHORT):
                if suffix == "s" and word.endswith("ss"):
                    break
                word = word[:-size]
                break
        else:
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word


def by_first_letter(alternatives: Sequence[str]) -> str:
    """A pattern that matches one of the given patterns, grouped so that each place tries few of them.

    Each begins with a literal letter, in lower case. At one place the given order counts within a letter.
    """
    groups: dict[str, list[str]] = {}
    for each in alternatives:
        head = each[:2] if each[0] == "\\" else each[0]
        groups.setdefault(head, []).append(each[len(head) :])
    return "(?:" + "|".join(f"{head}(?:{'|'.join(rests)})" for head, rests in groups.items()) + ")"


STOP_WORDS = frozenset(_ENGLISH.stop_words)


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order, with repeats."""
    return [
        stem(word) for word in words(text) if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())
    ]


_SCRIPTS = (
    ("Hangul", re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")),
    ("Han", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々]")),
    ("Hiragana", re.compile("[\u3041-\u309f]")),
    ("Katakana", re.compile("[\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff]")),
    ("Latin", re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")),
    ("Cyrillic", re.compile("[\u0400-\u052f]")),
    ("Greek", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    (
        "Arabic",
        re.compile("[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]"),
    ),
    ("Hebrew", re.compile("[\u05d0-\u05ea]")),
    ("Devanagari", re.compile("[\u0904-\u0939\u0958-\u0963\u0970-\u097f]")),
    ("Thai", re.compile("[\u0e01-\u0e2e\u0e30-\u0e33\u0e40-\u0e46]")),
)


def count_scripts(text: str) -> dict[str, int]:
    """How many letters of each script a text has; scripts that it lacks are left out."""
    if text.isascii():
        latin = sum(map(str.isalpha, text))
        return {"Latin": latin} if latin else {}
    counts = {name: len(letters.findall(text)) for name, letters in _SCRIPTS}
    return {name: count for name, count in counts.items() if count}


def ngrams(items: Sequence[str], *, size: int) -> Iterator[tuple[str, ...]]:
    """Each run of ``size`` neighbouring items."""
    for start in range(len(items) - size + 1):
        yield tuple(items[start : start + size])
