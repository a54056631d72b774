"""The cities that stand for time zones in a form, in the language of the page. Pure.

A list of all zones is one of places that nobody has heard of. ``cities.toml`` has one city a zone; names are
CLDR's, as Babel has them, but for those that the file has itself.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from subscriptions.readers import zones

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class City:
    """``zone`` by its present name; ``also`` is the one that browsers still report ("Asia/Calcutta")."""

    zone: str
    name: str
    offset: timedelta
    also: str = ""

    @property
    def label(self) -> str:
        """The city and its clock: "Kathmandu (UTC+5:45)"."""
        return zones.UTC if self.zone == zones.UTC else f"{self.name} ({_written(self.offset)})"


def cities(language: str, *, now: datetime, also: str = "") -> list[City]:
    """What can be chosen, from west to east by the clocks at ``now``, and among equals by name.

    ``language`` is a code of :mod:`newsletter.languages`. The zone ``also`` is there, listed or not.
    """
    listed = [city_of(zone, language, now=now) for zone in dict.fromkeys([*_listed(), also or zones.UTC])]
    return sorted(listed, key=lambda city: (city.offset, city.name))


def is_listed(zone: str) -> bool:
    """Whether everybody is offered this zone."""
    return zone in _listed()


def city_of(zone: str, language: str, *, now: datetime) -> City:
    """The city of a zone that :func:`subscriptions.readers.zones.todays_name` gave, listed or not."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return City(zone, city_name(zone, language), offset, _reported(zone))


def city_name(zone: str, language: str) -> str:
    """The city that people of ``language`` know a zone by; the last part of the zone's name where none is."""
    if name := _own_names().get(language, {}).get(zone):
        return name
    known = _cldr(language)
    for name in (zone, *_former(zone)):
        if city := known.get(name, {}).get("city"):
            return str(city)
    return zone.rpartition("/")[2].replace("_", " ")


def _written(offset: timedelta) -> str:
    """``UTC+9``, ``UTC−3:30``: with the sign for minus."""
    hours, rest = divmod(abs(offset), _HOUR)
    sign = "\N{MINUS SIGN}" if offset < timedelta() else "+"
    minutes = rest // _MINUTE
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


@cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "cities.toml").read_text(encoding="utf-8"))


@cache
def _listed() -> Mapping[str, None]:
    return dict.fromkeys([zones.UTC, *(zone for names in _file()["zones"].values() for zone in names)])


@cache
def _own_names() -> Mapping[str, Mapping[str, str]]:
    names: Mapping[str, Mapping[str, str]] = _file()["names"]
    return names


def _cldr(language: str) -> Mapping[str, Mapping[str, str]]:
    """CLDR's zones by the first name that each was given there."""
    known: Mapping[str, Mapping[str, str]] = Locale.parse(language, sep="-").time_zones
    return known


@cache
def _former(zone: str) -> tuple[str, ...]:
    return tuple(old for old, present in get_global("zone_aliases").items() if present == zone)


@cache
def _reported(zone: str) -> str:
    """The former name by which CLDR, and so a browser, calls the zone; "" where it is the present one."""
    known = _cldr("ko")
    return "" if zone in known else next((old for old in _former(zone) if old in known), "")
