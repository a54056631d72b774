"""Files that nothing shows and nobody reads any more go; all others stay."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.images import pictures
from newsletter.images.thumbnails import Thumbnail
from newsletter.models import Figure, SetAside
from operations.pruning import run
from subscriptions.mailbox.boxes import key_of
from tests.factories import make_edition, make_paper, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

NOW = timezone.now()
PICTURE = Thumbnail(b"a picture", "png", 10, 10)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.VAR_DIR = settings.OUTBOX_DIR = tmp_path
    settings.BOUNCE_MAILDIR = str(tmp_path / "bounces")
    return tmp_path


def write(path, *, days: float):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(path.name.encode())
    at = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (at, at))
    return path


def test_pictures_that_a_page_shows_stay_and_others_go(places):
    shown, hidden = (
        make_paper(image_url="https://a.example/1.png"),
        make_paper(image_url="https://a.example/2.png"),
    )
    make_edition(make_topic(), [shown])
    files = {}
    for url in (shown.image_url, hidden.image_url, "https://a.example/gone.png"):
        files[url] = pictures.store(url, PICTURE)
    for path in pictures.folder().iterdir():
        write(path, days=100)
    young = write(pictures.folder() / "young.png", days=1)
    assert run.count_old(NOW).counts["pictures"] == 4
    assert run.prune(NOW).counts["pictures"] == 4  # two pictures, and the note of each
    assert {path.stem for path in pictures.folder().iterdir()} == {files[shown.image_url].stem, young.stem}


@pytest.mark.parametrize("name", ["2603.00001", "astro-ph/0601001"])
def test_figures_with_a_row_stay(places, name):
    folder = places / "media" / "figures" / name.replace("/", "-")
    kept, left = write(folder / "1-1-abc-600.webp", days=500), write(folder / "1-1-old-600.webp", days=500)
    Figure.objects.create(
        paper=make_paper(arxiv_id=name),
        position=1,
        place_url="https://arxiv.org/html/x",
        files={"600.webp": str(kept.relative_to(places / "media"))},
    )
    assert run.prune(NOW).counts["figures"] == 1
    assert kept.exists()
    assert not left.exists()


def test_mails_that_were_read_and_logs_that_were_rotated_go(places):
    old = [
        write(places / "bounces" / "cur" / "1:2,S", days=40),
        write(places / "bounces" / ".quarantine" / "new" / "2", days=40),
        write(places / "3.eml", days=40),
        write(places / "logs" / "web.log.1", days=40),
    ]
    kept = [
        write(places / "bounces" / "cur" / "4:2,", days=40),  # nobody has read it
        write(places / "bounces" / "new" / "5", days=40),
        write(places / "bounces" / "cur" / "6:2,S", days=20),
        write(places / "bounces" / ".quarantine" / "maildirfolder", days=40),
        write(places / "paperpost.sqlite3", days=40),
        write(places / "logs" / "web.log", days=40),
        write(places / "logs" / "web.log.2", days=20),
    ]
    item = f"mail {key_of(b'2')}"
    SetAside.objects.create(stage="mails", item=item, reason="x", first_at=NOW, last_at=NOW)
    foreseen = run.count_old(NOW).counts
    counts = run.prune(NOW).counts
    assert [counts[name] for name in ("read_mails", "quarantined_mails", "caught_mails", "logs")] == [1] * 4
    assert foreseen == counts
    assert [path for path in old if path.exists()] == []
    assert all(path.exists() for path in kept)
    assert SetAside.objects.count() == 0


def test_a_file_that_cannot_be_removed_is_named_and_the_next_one_goes(places, monkeypatch):
    stubborn, other = (write(places / "logs" / f"web.log.{number}", days=40) for number in (1, 2))
    unlink = type(stubborn).unlink

    def refuse(path, **options):
        if path == stubborn:
            raise PermissionError(13, "Permission denied")
        unlink(path, **options)

    monkeypatch.setattr(type(stubborn), "unlink", refuse)
    report = run.prune(NOW)
    assert report.problems == (f"{stubborn} cannot be removed: Permission denied.",)
    assert not other.exists()
