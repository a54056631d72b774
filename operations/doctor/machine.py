"""The machine: its clock, its disks and its zone data."""

import os
import time
import zoneinfo
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, cast

import httpx
import redis
from django.conf import settings
from django.db import DatabaseError, connection

from lib.redis_clients import redis_client
from newsletter.sources.http import host_of, trust, user_agent
from operations.findings import Finding, failed, ok, warning

GIB = 1024**3
FULL, TIGHT = 0.5 * GIB, 2 * GIB  # bytes that are free
TIGHT_SHARE, ROOMY = 0.05, 20 * GIB  # of a large disk: free share, and what is enough in any case
FEW_INODES = 0.02  # free share
WRONG, INEXACT = 300.0, 30.0  # seconds; links and second factors tolerate some, nothing tolerates hours
OLD_ZONES = 2  # years
# Zones whose rules changed in the last years, or that many readers live in.
_ZONES = ("Asia/Seoul", "Asia/Tokyo", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Africa/Cairo")


# -- disk -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Room:
    """What is free of a disk: bytes and inodes, of how many. ``inodes`` is 0 where there is no such limit."""

    free: int
    size: int
    free_inodes: int = 0
    inodes: int = 0


def disk(measure: Callable[[Path], Room] | None = None) -> list[Finding]:
    """How much room is left where Paperpost writes: one finding for each disk."""
    measure = measure or room_at
    disks: dict[int, list[Path]] = {}
    for folder in _written_folders():
        with suppress(OSError):
            disks.setdefault(_present(folder).stat().st_dev, []).append(folder)
    return [judge_disk(folders, measure(_present(folders[0]))) for folders in disks.values()]


def room_at(folder: Path) -> Room:
    """What is free for this user on the disk that holds ``folder``."""
    facts = os.statvfs(folder)
    return Room(
        facts.f_bavail * facts.f_frsize, facts.f_blocks * facts.f_frsize, facts.f_favail, facts.f_files
    )


def judge_disk(folders: Iterable[Path], room: Room) -> Finding:
    """A disk that is full stops the database, and a database that stops loses nothing but time."""
    names = ", ".join(map(str, folders))
    sentence = f"{room.free / GIB:.1f} of {room.size / GIB:.1f} GiB are free for {names}"
    remedy = "Make room: manage.py prune lets go what is old; see also the machine's own logs."
    if room.inodes and room.free_inodes < FEW_INODES * room.inodes:
        return failed("disk", f"Only {room.free_inodes} more files fit on the disk of {names}.", remedy)
    if room.free < FULL:
        return failed("disk", f"{sentence}.", remedy)
    if room.free < TIGHT or (room.free < TIGHT_SHARE * room.size and room.free < ROOMY):
        return warning("disk", f"{sentence}.", remedy)
    return ok("disk", f"{sentence}.")


def _written_folders() -> list[Path]:
    folders = [Path(settings.VAR_DIR), Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite" and not str(connection.settings_dict["NAME"]).startswith(
        ("file:", ":memory:")
    ):
        folders.append(Path(str(connection.settings_dict["NAME"])).parent)
    return list(dict.fromkeys(folders))


def _present(folder: Path) -> Path:
    """``folder``, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


# -- clock ------------------------------------------------------------------------------------------------


class Offset(NamedTuple):
    """By how many seconds this machine's clock is ahead of that of ``of``."""

    of: str
    seconds: float


def clock() -> Finding:
    """Whether this machine's clock agrees with the broker's, the database's and one of the outside."""
    return judge_clock(
        [offset for measure in (_broker_offset, _database_offset, _web_offset) if (offset := measure())]
    )


def judge_clock(offsets: Iterable[Offset]) -> Finding:
    """Wrong by minutes, digests leave at wrong hours, and links and second factors expire early or late."""
    offsets = list(offsets)
    if not offsets:
        sentence = "There is nothing to compare this machine's clock with: no other clock could be asked."
        return warning("clock", sentence, "See that it is kept right: timedatectl status")
    worst = max(offsets, key=lambda offset: abs(offset.seconds))
    direction = "ahead of" if worst.seconds > 0 else "behind"
    sentence = f"This machine's clock is {_duration(abs(worst.seconds))} {direction} that of {worst.of}."
    remedy = "Keep all machines' clocks right (NTP): sudo timedatectl set-ntp true"
    if abs(worst.seconds) >= WRONG:
        return failed("clock", sentence, remedy)
    if abs(worst.seconds) >= INEXACT:
        return warning("clock", sentence, remedy)
    return ok(
        "clock", f"This machine's clock agrees with that of {' and '.join(each.of for each in offsets)}."
    )


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))) + " h" if seconds >= 3600 else f"{seconds / 60:.1f} minutes"


def _broker_offset() -> Offset | None:
    try:
        with redis_client(settings.REDIS_URL, timeout=2) as client:
            seconds, microseconds = cast(tuple[int, int], client.time())
            return Offset("the broker", time.time() - seconds - microseconds / 1e6)
    except (redis.RedisError, ValueError):
        return None  # the check "broker" says so


def _database_offset() -> Offset | None:
    if connection.vendor != "postgresql":
        return None  # SQLite reads the clock of this machine
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            return Offset("the database", time.time() - float(cursor.fetchone()[0]))
    except DatabaseError:
        return None  # the check "database" says so


def _web_offset() -> Offset | None:
    """By the Date field of an answer (RFC 9110, section 6.6.1), which is exact to a second."""
    for url in (settings.HUGGINGFACE_URL, settings.OPENAI_BASE_URL):
        try:
            answer = httpx.head(url, headers={"User-Agent": user_agent()}, timeout=4, verify=trust())
            moment = parsedate_to_datetime(answer.headers["date"])
        except (httpx.HTTPError, httpx.InvalidURL, LookupError, ValueError):
            continue
        return Offset(host_of(url), (datetime.now(UTC) - moment.replace(tzinfo=UTC)).total_seconds() - 0.5)
    return None


# -- zones ------------------------------------------------------------------------------------------------


def zones() -> Finding:
    """Whether the rules of time zones can be read, and how old they are."""
    broken = [name for name in _ZONES if not _is_readable(name)]
    remedy = "Update the package tzdata, of the system or of Python; both serve."
    if broken:
        return failed("zone data", f"The rules of {', '.join(broken)} cannot be read.", remedy)
    version = zone_version()
    return judge_zones(version, now=datetime.now(UTC), remedy=remedy)


def judge_zones(version: str, *, now: datetime, remedy: str) -> Finding:
    """``version`` is a release of the tz database, "2026a"; countries change their clocks at short notice."""
    if not version[:4].isdigit():
        return ok("zone data", "The rules of time zones can be read; they do not say how old they are.")
    if now.year - int(version[:4]) >= OLD_ZONES:
        sentence = f"The rules of time zones are of {version}: some readers' digests may come an hour off."
        return warning("zone data", sentence, remedy)
    return ok("zone data", f"The rules of time zones are of {version}.")


def zone_version() -> str:
    """The release of the tz database that is read: the system's, else that of the package; "" if unknown."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "Asia" / "Seoul").exists():
            return _version_in(folder)
    package: Any = import_module("tzdata")
    return str(package.IANA_VERSION)


def _version_in(folder: Path) -> str:
    """Distributions note it in the first line of tzdata.zi ("# version 2026a") or in a file "+VERSION"."""
    for name in ("tzdata.zi", "+VERSION"):
        with suppress(OSError, IndexError), (folder / name).open(encoding="ascii", errors="replace") as file:
            return file.readline(100).split()[-1]
    return ""


def _is_readable(name: str) -> bool:
    try:
        zone = zoneinfo.ZoneInfo.no_cache(name)
        return zone.utcoffset(datetime(2026, 1, 1)) is not None  # noqa: DTZ001 - a wall clock, asked for its zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
