"""What a language is, for whoever writes, checks or typesets in it.

Pure data and three small functions. Nothing here is translated text of the interface; that lives in the
message catalogues, which Django finds by ``Language.django_code``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from newsletter.errors import InvalidInput

Direction = Literal["ltr", "rtl"]

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language that digests are written in.

    ``code`` is the BCP 47 tag used in URLs, in the database and in ``lang`` attributes; ``django_code`` the
    name of the message catalogue. ``scripts`` are the Unicode script names a text of the language is written
    in (Latin words, for names and terms, are at home in all of them). ``cjk`` is true where a character
    carries about twice as much as a Latin letter, which halves the length limits. ``register`` and
    ``technical_terms`` are instructions for a writer, in English, because models follow those best.
    ``quotes`` are the outer and the inner pair. ``fonts`` is a CSS family list without quotation marks
    around the whole, safe inside a double-quoted attribute.
    """

    code: str
    own_name: str
    english_name: str
    django_code: str
    direction: Direction
    scripts: tuple[str, ...]
    cjk: bool
    register: str
    technical_terms: str
    quotes: tuple[str, str]
    inner_quotes: tuple[str, str]
    list_separator: str
    full_stop: str
    decimal_separator: str
    group_separator: str
    percent: str
    fonts: str

    @property
    def rtl(self) -> bool:
        return self.direction == "rtl"

    @property
    def sentence_limit(self) -> int:
        """The most characters that the one-sentence summary may have."""
        return 100 if self.cjk else 200

    @property
    def takeaway_limit(self) -> int:
        """The most characters that one takeaway may have."""
        return 160 if self.cjk else 320


_LATIN_FONTS = "Helvetica Neue, Helvetica, Arial, sans-serif"
_NARROW_SPACE = "\u202f"
_SPACE = "\u00a0"
_KEEP_AS_IS = (
    "Keep names of methods, models and data sets in Latin letters exactly as the abstract writes them. "
    "Use the established {name} word for a technical term where specialists use one; otherwise give your "
    "translation followed by the English term in parentheses at its first use."
)


def _terms(english_name: str, example: str) -> str:
    return f"{_KEEP_AS_IS.format(name=english_name)} Example: {example}."


def _latin(
    code: str,
    own_name: str,
    english_name: str,
    *,
    register: str,
    example: str,
    quotes: tuple[str, str] = ("“", "”"),
    inner_quotes: tuple[str, str] = ("‘", "’"),
    decimal_separator: str = ",",
    group_separator: str = ".",
    percent: str = "{}" + _SPACE + "%",
    scripts: tuple[str, ...] = ("Latin",),
) -> Language:
    """A left-to-right language with spaces, commas and full stops as in most of Europe."""
    return Language(
        code=code,
        own_name=own_name,
        english_name=english_name,
        django_code=code.lower(),
        direction="ltr",
        scripts=scripts,
        cjk=False,
        register=register,
        technical_terms=_terms(english_name, example),
        quotes=quotes,
        inner_quotes=inner_quotes,
        list_separator=", ",
        full_stop=".",
        decimal_separator=decimal_separator,
        group_separator=group_separator,
        percent=percent,
        fonts=_LATIN_FONTS,
    )


def _east_asian(
    code: str,
    own_name: str,
    english_name: str,
    *,
    scripts: tuple[str, ...],
    register: str,
    example: str,
    quotes: tuple[str, str],
    inner_quotes: tuple[str, str],
    fonts: str,
    list_separator: str = "、",
    full_stop: str = "。",
) -> Language:
    return Language(
        code=code,
        own_name=own_name,
        english_name=english_name,
        django_code=code.lower(),
        direction="ltr",
        scripts=scripts,
        cjk=True,
        register=register,
        technical_terms=_terms(english_name, example),
        quotes=quotes,
        inner_quotes=inner_quotes,
        list_separator=list_separator,
        full_stop=full_stop,
        decimal_separator=".",
        group_separator=",",
        percent="{}%",
        fonts=fonts,
    )


_ALL = (
    Language(
        code="en",
        own_name="English",
        english_name="English",
        django_code="en",
        direction="ltr",
        scripts=("Latin",),
        cjk=False,
        register="Write plain, neutral English in the present tense and the third person; no contractions.",
        technical_terms="Use the abstract's own technical terms and spell names exactly as it does.",
        quotes=("“", "”"),
        inner_quotes=("‘", "’"),
        list_separator=", ",
        full_stop=".",
        decimal_separator=".",
        group_separator=",",
        percent="{}%",
        fonts=_LATIN_FONTS,
    ),
    _east_asian(
        "ko",
        "한국어",
        "Korean",
        scripts=("Hangul",),
        register=(
            "End every sentence in the formal polite style 합니다체 (-합니다, -입니다, -했습니다); never "
            "use 해요체, 해라체 (-한다, -이다) or noun endings such as -함 and -임, and never mix styles."
        ),
        example="diffusion model → 확산 모델(diffusion model)",
        quotes=("“", "”"),
        inner_quotes=("‘", "’"),
        fonts="Apple SD Gothic Neo, Malgun Gothic, Noto Sans KR, sans-serif",
        list_separator=", ",
        full_stop=".",
    ),
    _east_asian(
        "zh-Hans",
        "简体中文",
        "Simplified Chinese",
        scripts=("Han",),
        register=(
            "Write concise, objective modern written Chinese (书面语) in simplified characters as used in "
            "mainland China, with full-width punctuation; no traditional characters, no exclamations, no "
            "您."
        ),
        example="diffusion model → 扩散模型（diffusion model）",
        quotes=("“", "”"),
        inner_quotes=("‘", "’"),
        fonts="PingFang SC, Microsoft YaHei, Noto Sans SC, sans-serif",
    ),
    _east_asian(
        "zh-Hant",
        "繁體中文",
        "Traditional Chinese",
        scripts=("Han",),
        register=(
            "Write concise, objective modern written Chinese (書面語) in traditional characters with the "
            "vocabulary of Taiwan (資料, 演算法, 模型, 訓練, 影片), with full-width punctuation; no "
            "simplified characters."
        ),
        example="diffusion model → 擴散模型（diffusion model）",
        quotes=("「", "」"),
        inner_quotes=("『", "』"),
        fonts="PingFang TC, Microsoft JhengHei, Noto Sans TC, sans-serif",
    ),
    _east_asian(
        "ja",
        "日本語",
        "Japanese",
        scripts=("Hiragana", "Katakana", "Han"),
        register=(
            "Use the polite style です・ます調 in every sentence; never mix in だ・である調, and do not "
            "end sentences with a bare noun (体言止め)."
        ),
        example="diffusion model → 拡散モデル（diffusion model）",
        quotes=("「", "」"),
        inner_quotes=("『", "』"),
        fonts="Hiragino Sans, Yu Gothic, Meiryo, Noto Sans JP, sans-serif",
    ),
    _latin(
        "es",
        "Español",
        "Spanish",
        register=(
            "Write neutral international Spanish in the third person; do not address the reader with tú, "
            "vos or usted."
        ),
        example="diffusion model → modelo de difusión (diffusion model)",
        quotes=("«", "»"),
        inner_quotes=("“", "”"),
    ),
    _latin(
        "fr",
        "Français",
        "French",
        register="Write neutral French in the third person; do not address the reader with tu or vous.",
        example="diffusion model → modèle de diffusion (diffusion model)",
        quotes=("«" + _NARROW_SPACE, _NARROW_SPACE + "»"),
        inner_quotes=("“", "”"),
        group_separator=_NARROW_SPACE,
        percent="{}" + _NARROW_SPACE + "%",
    ),
    _latin(
        "de",
        "Deutsch",
        "German",
        register=(
            "Write factual German in the third person; do not address the reader, and where it cannot be "
            "avoided use Sie, never du."
        ),
        example="diffusion model → Diffusionsmodell (diffusion model)",
        quotes=("„", "“"),
        inner_quotes=("‚", "‘"),
    ),
    _latin(
        "pt-BR",
        "Português (Brasil)",
        "Brazilian Portuguese",
        register=(
            "Write neutral Brazilian Portuguese in the third person, with Brazilian spelling; do not "
            "address the reader."
        ),
        example="diffusion model → modelo de difusão (diffusion model)",
        percent="{}%",
    ),
    _latin(
        "it",
        "Italiano",
        "Italian",
        register=(
            "Write neutral Italian in the third person; do not address the reader with tu, voi or Lei."
        ),
        example="diffusion model → modello di diffusione (diffusion model)",
        quotes=("«", "»"),
        inner_quotes=("“", "”"),
        percent="{}%",
    ),
    _latin(
        "ru",
        "Русский",
        "Russian",
        register=(
            "Write neutral Russian scientific style (научный стиль) in the third person; do not address "
            "the reader with ты or вы."
        ),
        example="diffusion model → диффузионная модель (diffusion model)",
        quotes=("«", "»"),
        inner_quotes=("„", "“"),
        group_separator=_SPACE,
        scripts=("Cyrillic",),
    ),
    _latin(
        "vi",
        "Tiếng Việt",
        "Vietnamese",
        register=(
            "Write neutral, formal Vietnamese with full diacritics in the third person; do not address "
            "the reader with bạn or quý vị."
        ),
        example="diffusion model → mô hình khuếch tán (diffusion model)",
        percent="{}%",
    ),
    _latin(
        "id",
        "Bahasa Indonesia",
        "Indonesian",
        register=(
            "Write formal standard Indonesian (bahasa baku) in the third person; do not address the "
            "reader with kamu or Anda."
        ),
        example="diffusion model → model difusi (diffusion model)",
        percent="{}%",
    ),
    Language(
        code="hi",
        own_name="हिन्दी",
        english_name="Hindi",
        django_code="hi",
        direction="ltr",
        scripts=("Devanagari",),
        cjk=False,
        register=(
            "Write standard formal Hindi in Devanagari in the third person, end sentences with the danda "
            "(।), use international digits (0-9), and do not address the reader with तुम or तू."
        ),
        technical_terms=_terms("Hindi", "diffusion model → प्रसार मॉडल (diffusion model)"),
        quotes=("“", "”"),
        inner_quotes=("‘", "’"),
        list_separator=", ",
        full_stop="।",
        decimal_separator=".",
        group_separator=",",
        percent="{}%",
        fonts="Kohinoor Devanagari, Nirmala UI, Mangal, Noto Sans Devanagari, sans-serif",
    ),
    Language(
        code="ar",
        own_name="العربية",
        english_name="Arabic",
        django_code="ar",
        direction="rtl",
        scripts=("Arabic",),
        cjk=False,
        register=(
            "Write Modern Standard Arabic (العربية الفصحى) in a neutral scholarly tone in the third "
            "person, without dialect and without vowel marks; use the digits 0-9."
        ),
        technical_terms=_terms("Arabic", "diffusion model → نموذج الانتشار (diffusion model)"),
        quotes=("«", "»"),
        inner_quotes=("“", "”"),
        list_separator="، ",
        full_stop=".",
        decimal_separator=".",
        group_separator=",",
        percent="{}%",
        fonts="Geeza Pro, Segoe UI, Tahoma, Noto Sans Arabic, Arial, sans-serif",
    ),
    Language(
        code="he",
        own_name="עברית",
        english_name="Hebrew",
        django_code="he",
        direction="rtl",
        scripts=("Hebrew",),
        cjk=False,
        register=(
            "Write clear standard Hebrew without vowel points in a neutral, impersonal tone; do not "
            "address the reader."
        ),
        technical_terms=_terms("Hebrew", "diffusion model → מודל דיפוזיה (diffusion model)"),
        quotes=("”", "”"),
        inner_quotes=("’", "’"),
        list_separator=", ",
        full_stop=".",
        decimal_separator=".",
        group_separator=",",
        percent="{}%",
        fonts="Arial Hebrew, Segoe UI, Arial, Noto Sans Hebrew, sans-serif",
    ),
)

LANGUAGES: Mapping[str, Language] = MappingProxyType({one.code: one for one in _ALL})
LANGUAGE_CHOICES: tuple[tuple[str, str], ...] = tuple((one.code, one.own_name) for one in _ALL)

_BY_FOLDED_CODE = {code.lower(): one for code, one in LANGUAGES.items()}

# What browsers, mail programs and older software send for the same languages: regions that imply a script
# (RFC 4647 look-up alone would send zh-TW to no Chinese at all) and codes withdrawn from ISO 639.
_ALIASES = {
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-my": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "yue": "zh-Hant",
    "cmn": "zh-Hans",
    "cmn-hans": "zh-Hans",
    "cmn-hant": "zh-Hant",
    "pt": "pt-BR",
    "in": "id",
    "iw": "he",
}


def language(code: str) -> Language:
    """The language of a BCP 47 code, without regard to case and with "_" for "-".

    Raises :class:`~newsletter.errors.InvalidInput`, naming the choices, for any other.
    """
    found = _BY_FOLDED_CODE.get(code.strip().replace("_", "-").lower())
    if found is None:
        raise InvalidInput(f"Unknown language {code[:40]!r}; choose one of {', '.join(LANGUAGES)}.")
    return found


def negotiate(accept_language: str, *, default: str = DEFAULT_LANGUAGE) -> str:
    """The code of the best language for an ``Accept-Language`` header (RFC 9110, section 12.5.4).

    Each range is looked up as in RFC 4647, section 3.4: whole first, then shorter from the right. A range
    with weight 0 is refused by the reader and never chosen, unless nothing else is left. Rubbish is skipped.
    """
    wanted: list[tuple[float, int, str]] = []
    refused: set[str] = set()
    for position, part in enumerate(accept_language[:1000].split(",")):
        tag, weight = _parse_range(part)
        if not tag:
            continue
        if weight == 0:
            refused.add(_look_up(tag, exact=True))
        else:
            wanted.append((-weight, position, tag))
    for _, _, tag in sorted(wanted):
        if tag == "*":
            return next((code for code in (default, *LANGUAGES) if code not in refused), default)
        code = _look_up(tag)
        if code and code not in refused:
            return code
    return default


def _parse_range(part: str) -> tuple[str, float]:
    tag, *parameters = (piece.strip() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return "", 0.0
    if not 0 <= weight <= 1:
        return "", 0.0
    return tag.replace("_", "-").lower(), weight


def _look_up(tag: str, *, exact: bool = False) -> str:
    """The code for a lower-case range, or ""."""
    pieces = tag.split("-")
    while pieces:
        candidate = "-".join(pieces)
        if candidate in _BY_FOLDED_CODE:
            return _BY_FOLDED_CODE[candidate].code
        if candidate in _ALIASES:
            return _ALIASES[candidate]
        if exact:
            return ""
        pieces.pop()
    return ""
