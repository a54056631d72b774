"""The properties of each language of summaries and mails, from one TOML file per language.

Nothing here is translated text of the interface; that lives in the message catalogues, which Django finds by
``Language.django_code``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from newsletter.errors import InvalidInput, PaperpostError

Direction = Literal["ltr", "rtl"]

DEFAULT_LANGUAGE = "en"


class FaultyLanguage(PaperpostError):  # noqa: N818 - it says what is wrong with a file
    """A language's file that cannot be used: which, at which key, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language that digests are written in.

    ``position`` orders languages where people choose one. ``code`` is the BCP 47 tag used in URLs, in the
    database and in ``lang`` attributes; ``django_code`` the name of the message catalogue. ``scripts`` are
    the Unicode script names a text of the language is written in (Latin words, for names and terms, are at
    home in all of them). ``cjk`` is true where a character carries about twice as much as a Latin one, which
    halves the length limits. ``register`` and ``technical_terms`` are instructions for a writer, in English,
    because models follow those best. ``quotes`` are the outer and the inner pair. ``fonts`` is a CSS family
    list without quotation marks around the whole, safe inside a double-quoted attribute. ``hour_format`` is a
    pattern of CLDR for a full hour, where CLDR's short form is not how people say it.
    """

    position: int
    code: str
    own_name: str
    english_name: str
    django_code: str
    scripts: tuple[str, ...]
    register: str
    technical_terms: str
    quotes: tuple[str, str]
    inner_quotes: tuple[str, str]
    decimal_separator: str
    group_separator: str
    percent: str
    fonts: str
    direction: Direction = "ltr"
    cjk: bool = False
    list_separator: str = ", "
    full_stop: str = "."
    hour_format: str = "short"

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return self.direction == "rtl"

    @property
    def sentence_limit(self) -> int:
        """The most characters that the one-sentence summary may have."""
        return 100 if self.cjk else 200

    @property
    def takeaway_limit(self) -> int:
        """The most characters that one takeaway may have."""
        return 160 if self.cjk else 320


_FOLDER = Path(__file__).parent


def _read(path: Path) -> Language:
    """A language from its file, whose name is the code; ``position`` orders them.

    Raises :class:`FaultyLanguage` that names file and key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaultyLanguage(f"{path}: this is no TOML: {error}") from error
    values: dict[str, Any] = {"code": path.stem, "django_code": path.stem.lower()}
    known = {each.name: each for each in fields(Language)}
    for key, value in table.items():
        if key not in known or key in values:
            raise FaultyLanguage(f"{path}: {key}: there is no such key.")
        if value in ("", []):
            raise FaultyLanguage(f"{path}: {key}: this is empty.")
        values[key] = tuple(value) if isinstance(value, list) else value
    for key in known.keys() - values.keys():
        if known[key].default is MISSING:
            raise FaultyLanguage(f"{path}: {key}: this is required.")
    return Language(**values)


_ALL = sorted(map(_read, _FOLDER.glob("*.toml")), key=lambda spec: spec.position)

LANGUAGES: Mapping[str, Language] = MappingProxyType({spec.code: spec for spec in _ALL})
LANGUAGE_CHOICES: tuple[tuple[str, str], ...] = tuple((spec.code, spec.own_name) for spec in _ALL)

_BY_FOLDED_CODE = {code.lower(): spec for code, spec in LANGUAGES.items()}

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
    match = _BY_FOLDED_CODE.get(code.strip().replace("_", "-").lower())
    if match is None:
        raise InvalidInput(f"Unknown language {code[:40]!r}; choose one of {', '.join(LANGUAGES)}.")
    return match


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
