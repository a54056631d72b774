"""Names of time zones: those of today, those they had before, and a guess where none is known. Pure.

A name is today's if ``zone.tab`` of the tz database lists it. Of an older one CLDR knows which place it was
(Africa/Asmera is Africa/Asmara), where tz's own links only say whose clock it shares now (Africa/Nairobi).
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

UTC = "UTC"
_NAMES_OF_UTC = "Etc/UTC"
_NO_ZONE = frozenset({"Factory", "Etc/Unknown"})  # tz's and CLDR's names for "nobody has said"

# The zone that most readers of a language live in, for a browser that cannot tell its own.
ZONE_OF_LANGUAGE: Mapping[str, str] = MappingProxyType(
    {"ko": "Asia/Seoul", "ja": "Asia/Tokyo", "zh-Hans": "Asia/Shanghai", "zh-Hant": "Asia/Taipei"}
)


@lru_cache(maxsize=4096)
def todays_name(text: str) -> str:
    """The present name of the zone that ``text`` names; "" if nobody knows it.

    Upper and lower case, white space, and the names of Windows ("W. Europe Standard Time") are understood.
    """
    folded = "_".join(text.split()).casefold()
    name = _known_names().get(folded, "")
    if not name or name in _NO_ZONE:
        return ""
    present = _present_name(name)
    return present if _loads(present) else ""


@cache
def present_names() -> tuple[str, ...]:
    """What can be chosen: the places of ``zone.tab``, sorted."""
    return tuple(sorted(name for name in _places() if _loads(name)))


@lru_cache(maxsize=1024)
def stored_zone(name: str) -> ZoneInfo | None:
    """The zone of a stored row, whatever it was called when it was stored; None if nobody knows it now."""
    known = todays_name(name)
    return ZoneInfo(known) if known else None


def guess(*, language: str, address: str = "") -> str:
    """Where somebody may live who reads ``language`` and has this mail address; UTC if that says nothing."""
    country = address.rpartition(".")[2].upper()
    return _zone_of_country().get(country) or ZONE_OF_LANGUAGE.get(language, UTC)


def _present_name(name: str) -> str:
    """Follow renamings to the name in ``zone.tab``, or as far as they lead."""
    places = _places()
    if name in places:
        return name
    same = get_global("zone_aliases")
    canonical = same.get(name, name)
    alike = [place for place in places if same.get(place, place) == canonical]
    if len(alike) == 1:
        return alike[0]
    seen = {name}
    while name not in places and (target := _links().get(name)) is not None and target not in seen:
        seen.add(name := target)
    return UTC if name == _NAMES_OF_UTC else name


@cache
def _known_names() -> Mapping[str, str]:
    """Every name that is or was, folded, to its spelling; for those of Windows a place where it is kept."""
    windows = {"_".join(label.split()): name for label, name in get_global("windows_zone_mapping").items()}
    names = [*get_global("zone_aliases"), *_rules(), *_links(), *_places(), UTC]
    return {label.casefold(): name for label, name in windows.items()} | {
        name.casefold(): name for name in names
    }


@lru_cache(maxsize=1024)
def _loads(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


# -- the tz database's own tables ---------------------------------------------------------------------------


def _table(name: str) -> list[str]:
    return (files("tzdata.zoneinfo") / name).read_text(encoding="utf-8").splitlines()


@cache
def _links() -> Mapping[str, str]:
    """Former and other names to what they point at: lines "L TARGET NAME"."""
    rows = (line.split() for line in _table("tzdata.zi"))
    return {row[2]: row[1] for row in rows if row[:1] == ["L"]}


@cache
def _rules() -> frozenset[str]:
    """Zones with rules of their own: lines "Z NAME …"."""
    rows = (line.split() for line in _table("tzdata.zi"))
    return frozenset(row[1] for row in rows if row[:1] == ["Z"])


@cache
def _places() -> Mapping[str, str]:
    """The names of ``zone.tab``, each with its country: lines "COUNTRY COORDINATES NAME …"."""
    rows = (line.split("\t") for line in _table("zone.tab") if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@cache
def _zone_of_country() -> Mapping[str, str]:
    """The zone of each country that has one: its only one, or the only one that is chiefly its own."""
    all_zones: dict[str, list[str]] = {}
    for name, country in _places().items():
        all_zones.setdefault(country, []).append(name)
    own_zones: dict[str, list[str]] = {}
    for row in (line.split("\t") for line in _table("zone1970.tab") if not line.startswith("#")):
        own_zones.setdefault(row[0].partition(",")[0], []).append(row[2])
    return {
        country: zones[0]
        for country, both in all_zones.items()
        for zones in (both, own_zones.get(country, []))
        if len(zones) == 1
    }
