"""Writes the archive as Markdown files for a blog or a repository: what changed is written, nothing else.

A file that lists what was written (:data:`LEDGER`) lies in the folder: what the archive no longer has is
removed by it, and no other file is ever touched. A file is listed before it is written, so that a run may be
stopped at any moment and the next one finishes it.
"""

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Final, Self

from newsletter.archive.days import listing_editions
from newsletter.errors import InvalidInput, PaperpostError
from newsletter.feeds.days import CopiedTopic, read_day
from newsletter.feeds.markdown import Form
from newsletter.models import Summary

LEDGER: Final = ".paperpost-files"
"""The paths of what was written, one on a line."""

_STRANGE = re.compile(r"[^A-Za-z0-9_-]+")


class UnwritableFileError(PaperpostError):
    """A file of the copy that could not be written or removed: which, and why."""


class StaticCopy:
    """A copy of the archive in ``folder``, which is made if it is not there.

    Used with ``with``: at its end the ledger forgets what was removed. Raises InvalidInput if the folder
    cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._folder = folder.resolve(strict=True)
            self._listed = self._read_ledger()
        except OSError as error:
            raise InvalidInput(
                f"{folder} cannot be a folder for the copy: {error.strerror}. Name one that can be written."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        listed = sorted(path for paths in self._listed.values() for path in paths)
        self._write(LEDGER, "".join(f"{path}\n" for path in listed).encode())

    def days(self, first: date | None, last: date | None) -> list[date]:
        """The days from ``first`` to ``last`` (None: without a bound) that are or were in the archive."""
        held = set(listing_editions().values_list("day", flat=True))
        held.update(self._listed)
        return sorted(day for day in held if (first or day) <= day <= (last or day))

    def write_day(self, day: date, form: Form, languages: Collection[str]) -> Mapping[str, int]:
        """Have the files of ``day`` in ``languages`` say what the archive says.

        Returns how many were ``written``, ``unchanged`` and ``removed``. Files in other languages stay.
        """
        counts = {"written": 0, "unchanged": 0, "removed": 0}
        wanted: dict[str, bytes] = {}
        for language in languages:
            wanted.update(_files(day, language, form))
        listed = self._listed[day]
        self._append_to_ledger(wanted.keys() - listed)
        listed.update(wanted)
        for path, content in wanted.items():
            counts["written" if self._write(path, content) else "unchanged"] += 1
        for path in [path for path in listed - wanted.keys() if _is_in(path, languages)]:
            counts["removed"] += self._remove(path)
            listed.discard(path)
        return counts

    # -- files ---------------------------------------------------------------------------------------------

    def _place(self, path: str) -> Path:
        """Where ``path`` lies. Raises UnwritableFileError if a link leads out of the folder."""
        place = self._folder / path
        if not place.parent.resolve().is_relative_to(self._folder):
            raise UnwritableFileError(f"{path} would lie outside {self._folder}: remove the link on its way.")
        return place

    def _write(self, path: str, content: bytes) -> bool:
        """Write one file at once; whether it was not as it is to be."""
        place = self._place(path)
        try:
            if place.is_file() and not place.is_symlink() and place.read_bytes() == content:
                return False
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_name(f".{place.name}.part")
            part.unlink(missing_ok=True)
            part.write_bytes(content)
            part.replace(place)
        except OSError as error:
            raise UnwritableFileError(f"{place} cannot be written: {error.strerror}.") from error
        return True

    def _remove(self, path: str) -> bool:
        """Remove one file and the folders that it leaves empty; whether it was there."""
        place = self._place(path)
        try:
            was_there = place.is_file() or place.is_symlink()
            place.unlink(missing_ok=True)
            for folder in place.relative_to(self._folder).parents[:-1]:
                if any((self._folder / folder).iterdir()):
                    break
                (self._folder / folder).rmdir()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UnwritableFileError(f"{place} cannot be removed: {error.strerror}.") from error
        return was_there

    # -- the ledger ----------------------------------------------------------------------------------------

    def _read_ledger(self) -> defaultdict[date, set[str]]:
        """The paths that are listed, by their days."""
        listed: defaultdict[date, set[str]] = defaultdict(set)
        try:
            lines = (self._folder / LEDGER).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return listed
        except ValueError as error:
            raise InvalidInput(
                f"{self._folder / LEDGER} is damaged: delete it, and the files of days that are gone by hand."
            ) from error
        for path in filter(_is_ours, lines):
            listed[date.fromisoformat(path[:10])].add(path)
        return listed

    def _append_to_ledger(self, paths: Iterable[str]) -> None:
        # Begun on a line of its own: a run that was stopped may have left half of one.
        text = "".join(f"\n{path}" for path in sorted(paths))
        if not text:
            return
        place = self._folder / LEDGER
        try:
            ledger = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o666)
            with os.fdopen(ledger, "w", encoding="utf-8") as file:
                file.write(f"{text}\n")
        except OSError as error:
            raise UnwritableFileError(f"{place} cannot be written: {error.strerror}.") from error


def languages_of(form: Form) -> list[str]:
    """The language of the form, else English and those that summaries are in. One query."""
    if form.language:
        return [form.language]
    written = Summary.objects.shown().values_list("language", flat=True).order_by().distinct()
    return sorted({"en", *written})


def _files(day: date, language: str, form: Form) -> Iterator[tuple[str, bytes]]:
    """The files of a day in a language, by their paths below the folder."""
    copied = read_day(day, language)
    if copied is None:
        return
    if not form.has_topics:
        yield f"{day:%F}/{language}.md", form.write(copied).encode()
        return
    for topic in copied.topics:
        yield f"{day:%F}/{language}/{_name(topic)}.md", form.write(copied.alone(topic)).encode()


def _name(topic: CopiedTopic) -> str:
    """The name of a topic's file: its slug, or what of it no file system takes for more than a name."""
    safe = _STRANGE.sub("-", topic.slug).strip("-")[:60]
    return safe if safe == topic.slug else f"{safe}-{topic.id}".strip("-")


def _is_in(path: str, languages: Collection[str]) -> bool:
    return path.split("/")[1].removesuffix(".md") in languages


def _is_ours(path: str) -> bool:
    """Whether a path in the ledger is one that we may have written: a hostile ledger removes nothing else."""
    parts = PurePosixPath(path).parts
    if not 2 <= len(parts) <= 3 or ".." in parts or path != "/".join(parts) or not path.endswith(".md"):
        return False
    try:
        return f"{date.fromisoformat(parts[0]):%F}" == parts[0]
    except ValueError:
        return False
