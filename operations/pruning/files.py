"""Which files may go: pictures that no page shows, mails that were read or set aside, rotated logs."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.archive.public import public_papers
from newsletter.images import pictures
from newsletter.models import Figure
from subscriptions.periods import Periods
from subscriptions.privacy import traces

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Files:
    """Files that may go once they are ``days`` old; ``remove`` deletes one, with what belongs to it."""

    name: str
    days: int
    candidates: Callable[[], Iterable[Path]]
    remove: Callable[[Path], None]

    def old_files(self, now: datetime) -> Iterator[Path]:
        """Those candidates that were last written before the period began."""
        limit = (now - timedelta(days=self.days)).timestamp()
        for path in self.candidates():
            with suppress(FileNotFoundError):  # another process took it meanwhile
                if path.stat().st_mtime < limit:
                    yield path

    def let_go(self, now: datetime) -> tuple[int, list[str]]:
        """Remove the old files. Returns how many, and a sentence for each that could not be removed."""
        count, problems = 0, []
        for path in self.old_files(now):
            try:
                self.remove(path)
            except OSError as error:
                problems.append(f"{path} cannot be removed: {error.strerror}.")
                logger.warning("%s cannot be removed: %s", path, error.strerror)
            else:
                count += 1
        return count, problems


def kinds_of_files(periods: Periods) -> tuple[Files, ...]:
    """All kinds of files that grow and that nothing else bounds."""
    return (
        Files("pictures", periods.pictures, _unshown_pictures, _unlink),
        Files("figures", periods.pictures, _unshown_figures, _unlink),
        Files("read_mails", periods.mails, _read_mails, _unlink),
        Files("quarantined_mails", periods.mails, traces.quarantined_mails, traces.forget_mail),
        Files("caught_mails", periods.mails, _caught_mails, _unlink),
        Files("logs", periods.logs, _rotated_logs, _unlink),
    )


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    """The plain files of ``folder``, one after the other; none where there is no folder."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def _unshown_pictures() -> Iterator[Path]:
    """Copies of pictures, and notes beside them, of papers that no page shows (any more)."""
    urls = public_papers().exclude(image_url="").values_list("image_url", flat=True)
    shown = {pictures.stem_of(url) for url in urls.iterator(chunk_size=IDS_A_QUERY)}
    yield from (path for path in _files(pictures.folder()) if path.name.partition(".")[0] not in shown)


def _unshown_figures() -> Iterator[Path]:
    """Files of figures that no row shows (any more)."""
    root = Path(settings.MEDIA_ROOT)
    for folders in chunked(_folders(root / "figures"), 200):
        rows = Figure.objects.filter(paper__arxiv_id__in=_ids([folder.name for folder in folders]))
        known = {name for files in rows.values_list("files", flat=True) for name in files.values()}
        for folder in folders:
            yield from (path for path in _files(folder) if str(path.relative_to(root)) not in known)


def _ids(names: Iterable[str]) -> list[str]:
    """The arXiv ids that folders may stand for: a slash of an old one is a hyphen there."""
    return [spelling for name in names for spelling in (name, "/".join(name.rsplit("-", 1)))]


def _folders(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


def _read_mails() -> Iterator[Path]:
    """Mails that were read where they lie in the maildir: those with the flag S (seen)."""
    if settings.BOUNCE_MAILDIR:
        for path in _files(Path(settings.BOUNCE_MAILDIR) / "cur"):
            if "S" in path.name.partition(":2,")[2]:
                yield path


def _caught_mails() -> Iterator[Path]:
    yield from (path for path in _files(Path(settings.OUTBOX_DIR)) if path.suffix == ".eml")


def _rotated_logs() -> Iterator[Path]:
    """Logs that nobody writes any more: ``web.log.1``, ``worker.log.2026-04-01.gz``."""
    yield from (path for path in _files(Path(settings.VAR_DIR) / "logs") if ".log." in path.name)
