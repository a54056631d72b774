"""The words of the mails in every language that digests are written in.

One TOML file per language lies beside this module. They are not gettext catalogues, because readers'
languages are more than the interface's, and because a mail is joined from pieces that are rendered once per
language. Plural forms, dates and numbers follow Unicode's CLDR through Babel.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.numbers import format_decimal
from django.conf import settings

from newsletter.languages import Language, language

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one language. Names of phrases are dotted: ``digest.also_new``."""

    language: Language
    locale: Locale
    words: dict[str, Any]

    def say(self, name: str, /, **values: object) -> str:
        """The phrase ``name`` with ``{…}`` filled in; ``{site}`` is the operator's name."""
        return self._filled(str(self.words[name]), values)

    def count(self, name: str, number: int, /, **values: object) -> str:
        """The phrase ``name`` in the plural form of ``number``, which fills ``{n}`` unless that is given."""
        forms = self.words[name]
        form = self.locale.plural_form(number)
        filled = {"n": self.number(number), **values}
        return self._filled(str(forms.get(form, forms["other"])), filled)

    def _filled(self, phrase: str, values: Mapping[str, object]) -> str:
        if "{site}" not in phrase:
            return phrase.format_map(values) if values else phrase
        site = settings.SITE_NAME
        if self.language.cjk and self.language.code != "ko":
            # Chinese has spaces around a Latin name, and none around one in its own script.
            phrase = phrase.replace(" {site}", "{site}") if _is_wide(site[0]) else phrase
            phrase = phrase.replace("{site} ", "{site}") if _is_wide(site[-1]) else phrase
        return phrase.format_map({"site": site, **values})

    def number(self, number: int) -> str:
        """``number`` as the language groups its digits."""
        return _grouped(number, self.locale)

    def day(self, day: date) -> str:
        """``day`` in full, with its weekday: "Wednesday, March 18, 2026"."""
        return str(format_date(day, "full", locale=self.locale))

    def month(self, day: date) -> str:
        """The month of ``day`` with its year: "April 2026"."""
        return str(format_skeleton("yMMMM", day, locale=self.locale))

    @property
    def weekdays(self) -> tuple[tuple[str, str], ...]:
        """The days of the week from Monday on: ("Monday", "Mon")."""
        names = self.locale.days["stand-alone"]
        return tuple([(names["wide"][day], names["abbreviated"][day]) for day in range(7)])

    def hour(self, hour: int) -> str:
        """A full hour as the language says it: "8:00 AM", "오전 8시"."""
        return str(format_time(time(hour), self.language.hour_format, locale=self.locale))

    def moment(self, at: datetime) -> dict[str, str]:
        """``at`` on the clock of its time zone (a ZoneInfo), for phrases: ``day``, ``time`` and ``zone``, the
        city that the zone is named after.
        """
        time_of_day = format_time(at.time(), "short", locale=self.locale)
        return {
            "day": self.day(at.date()),
            "time": self.hour(at.hour) if not at.minute else str(time_of_day),
            "zone": _city(str(at.tzinfo), self.locale),
        }

    def listing(self, items: Iterable[str]) -> str:
        """The items with the language's own separator."""
        return self.list_separator.join(items)

    @property
    def colon(self) -> str:
        """The language's own, after a label."""
        return str(self.words["colon"])

    @property
    def colon_before_text(self) -> str:
        """The same, with the space after it that a full-width one has within."""
        return self.colon if self.colon == "：" else f"{self.colon} "

    @property
    def opening(self) -> str:
        """The bracket that opens, with the space before it where the language has one."""
        return str(self.words["opening"])

    @property
    def closing(self) -> str:
        """The bracket that closes."""
        return str(self.words["closing"])

    @property
    def list_separator(self) -> str:
        """What stands between the items of a list."""
        return str(self.words["list_separator"])

    def parts(self, name: str) -> tuple[tuple[str, str], ...]:
        """The phrase ``name`` as texts and the names of the ``{…}`` that follow them, "" after the last."""
        return _parts(str(self.words[name]))


@lru_cache(maxsize=4096)
def _grouped(number: int, locale: Locale) -> str:
    return str(format_decimal(number, locale=locale))


@lru_cache(maxsize=1024)
def _city(zone: str, locale: Locale) -> str:
    named = str(get_timezone_location(zone, locale=locale, return_city=True))
    return named.rpartition("/")[2]  # of places that CLDR does not know the whole name of the zone is left


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


@lru_cache(maxsize=512)
def _parts(phrase: str) -> tuple[tuple[str, str], ...]:
    return tuple([(text, field or "") for text, field, *_ in Formatter().parse(phrase)])


@lru_cache(maxsize=64)
def phrases(code: str) -> Phrases:
    """The words of the language ``code``. Raises InvalidInput for a language that does not exist."""
    spoken = language(code)
    texts = tomllib.loads((_FOLDER / f"{spoken.code}.toml").read_text(encoding="utf-8"))
    words: dict[str, Any] = {}
    for name, value in texts.items():
        if isinstance(value, dict):
            words.update({f"{name}.{inner}": text for inner, text in value.items()})
        else:
            words[name] = value
    return Phrases(language=spoken, locale=Locale.parse(spoken.code.replace("-", "_")), words=words)
