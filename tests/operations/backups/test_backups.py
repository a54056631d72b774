"""A backup is everything, of one moment, and comes back as it was on either database; or it says why not."""

import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from operations.backups import tables as backup_tables
from operations.backups.ages import last_backup
from operations.backups.archives import ArchiveReader
from operations.backups.snapshots import snapshot
from operations.backups.tables import LEFT_OUT, TableSum, read_lines, tables_of
from subscriptions.delivery import holds
from subscriptions.models import Subscriber
from tests.every_table import fill_every_table
from tests.migrated import ROOT, copy_migrated

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture(autouse=True)
def _own_place(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)


def run(command: str, *arguments: object, **options: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command(command, *map(str, arguments), "--json", stdout=out, **options)
    return json.loads(out.getvalue())


def sums() -> dict[str, str]:
    """What every table holds, by label."""
    from django.apps import apps

    found = {}
    for table in tables_of(apps):
        total = TableSum()
        for line in read_lines(connection, table):
            total.add(line)
        found[table.label] = f"{total.rows} {total.checksum}"
    return found


# What a restore itself changes: the hold, signs of life, the index of the search, who may have missed what.
CHANGED = {*LEFT_OUT, "subscriptions.SendingHold", "subscriptions.DoubtfulDigest", "subscriptions.Delivery"}
CHANGED |= {"subscriptions.OwedNotice", "subscriptions.SignUp", "operations.Backup"}
CHANGED |= {"newsletter.ChannelPost", "newsletter.Channel"}


def test_every_table_comes_back_as_it_was(tmp_path):
    counts = fill_every_table()
    assert [label for label, count in counts.items() if not count] == []
    (tmp_path / "var" / "media" / "a").mkdir()
    (tmp_path / "var" / "media" / "a" / "picture.webp").write_bytes(b"\x00picture")
    before = sums()
    taken = run("backup", tmp_path / "b.zip")
    assert (taken["pictures"], taken["problems"]) == (1, [])
    assert taken["tables"] == len(before) - len(LEFT_OUT)
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip", "var"]  # no temporary file
    assert last_backup() is not None
    (tmp_path / "var" / "media" / "a" / "picture.webp").unlink()
    Subscriber.objects.update(email="changed@example.org")
    restored = run("restore", tmp_path / "b.zip", "--replace")
    assert restored["rows"] == taken["rows"]
    after = sums()
    assert {label for label in before if before[label] != after[label]} <= CHANGED
    assert (tmp_path / "var" / "media" / "a" / "picture.webp").read_bytes() == b"\x00picture"
    assert "restored" in [hold.kind for hold in holds.current_holds()]
    Subscriber.objects.create(email="next@example.org")  # the ids go on after those that came back


def test_the_file_is_opened_once_however_many_pictures_it_has(tmp_path, monkeypatch):
    """To open a ZIP archive is to read the names of all its members."""
    for number in range(4):
        (tmp_path / "var" / "media" / f"{number}.webp").write_bytes(b"picture")
    opened: list[str] = []
    read_names = zipfile.ZipFile._RealGetContents  # type: ignore[attr-defined] # what takes the time

    def counted(archive: zipfile.ZipFile) -> None:
        opened.append(str(archive.filename))
        read_names(archive)

    monkeypatch.setattr(zipfile.ZipFile, "_RealGetContents", counted)
    assert run("backup", tmp_path / "b.zip")["pictures"] == 4
    assert len(opened) == 1
    assert run("restore", tmp_path / "b.zip", "--replace")["pictures"] == 4
    assert len(opened) == 2


def test_the_database_is_let_go_before_the_file_is_read_again_and_its_name_is_on_the_disk(
    tmp_path, monkeypatch
):
    steps: list[str] = []
    verify, fsync = ArchiveReader.verify, os.fsync

    @contextmanager
    def seen() -> Iterator[BaseDatabaseWrapper]:
        with snapshot() as database:
            yield database
        steps.append("let go")

    def verified(archive: ArchiveReader) -> None:
        steps.append("read again")
        verify(archive)

    def synced(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) and (tmp_path / "b.zip").exists():
            steps.append("name on disk")
        fsync(descriptor)

    monkeypatch.setattr("operations.backups.taking.snapshot", seen)
    monkeypatch.setattr(ArchiveReader, "verify", verified)
    monkeypatch.setattr(os, "fsync", synced)
    run("backup", tmp_path / "b.zip")
    assert steps == ["let go", "read again", "name on disk"]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "VAR_DIR": str(tmp_path / "elsewhere"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/elsewhere/db.sqlite3",
        **more,
    }


def manage(*arguments: object, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


def test_another_secret_is_refused_unless_it_knows_the_first(tmp_path, settings):
    run("backup", tmp_path / "b.zip")
    settings.SECRET_KEY, first = "another", settings.SECRET_KEY
    with pytest.raises(CommandError, match="SECRET_KEY is not that of the backup") as refused:
        run("restore", tmp_path / "b.zip", "--replace")
    assert refused.value.returncode == 1
    settings.SECRET_KEY_FALLBACKS = [first]
    run("backup", tmp_path / "both.zip")
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(CommandError, match="add it to SECRET_KEY_FALLBACKS"):
        run("restore", tmp_path / "both.zip", "--replace")
    settings.SECRET_KEY_FALLBACKS = [first]
    run("restore", tmp_path / "b.zip", "--replace")


def test_on_another_machine_with_sqlite_it_is_the_same(tmp_path):
    fill_every_table()
    before = sums()
    run("backup", tmp_path / "b.zip")
    copy_migrated(tmp_path / "elsewhere" / "db.sqlite3")
    restored = manage("restore", tmp_path / "b.zip", "--json", env=environment(tmp_path))
    assert restored.returncode == 0, restored.stderr
    assert "there is no journal" in restored.stderr
    assert "there is no journal" in json.loads(restored.stdout)["warnings"][0]
    with closing(sqlite3.connect(tmp_path / "elsewhere" / "db.sqlite3")) as database:
        for label in ("subscriptions_subscriber", "newsletter_paper", "auth_user"):
            (count,) = database.execute(f"SELECT count(*) FROM {label}").fetchone()
            assert count == int(before[backup_label(label)].split()[0])
        (held,) = database.execute(
            "SELECT sentence FROM subscriptions_sendinghold WHERE kind = 'restored'"
        ).fetchone()
        assert "Nobody knows who has left" in held


OLDER = """
import sys
import django
django.setup()
from pathlib import Path
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from operations.backups import archives, schemas, tables, taking
from tests.every_table import fill_every_table
path = Path(sys.argv[1])
call_command("migrate", "subscriptions", "0026", verbosity=0)
present = schemas.applied(connection)
registry = schemas.registry_of(connection, present)
fill_every_table(registry)
manifest = taking._manifest(taking.Taken(path))
manifest.migrations = schemas.as_json(present)
with archives.writing(path, manifest) as (archive, _):
    for table in tables.tables_of(registry):
        if table.label not in tables.LEFT_OUT:
            # Its models named their columns in another order than the migrations do.
            table = table.ordered([column.name for column in reversed(table.columns)])
            archive.add_table(table, tables.read_lines(connection, table))
    archive.add(archives.SETTINGS, [b""])
up_to_date, schemas.bring_up_to_date = schemas.bring_up_to_date, lambda _: 1 / 0
try:
    call_command("restore", str(path), "--replace")
except ZeroDivisionError:  # it broke off between loading and migrating
    with connection.cursor() as cursor:
        cursor.execute("SELECT sentence FROM subscriptions_sendinghold WHERE kind = 'restored'")
        assert any("broke off" in sentence for (sentence,) in cursor)
schemas.bring_up_to_date = up_to_date
call_command("restore", str(path))
from subscriptions.models import Subscriber, UnwrittenWish  # a table that the backup did not have
is_whole = schemas.applied(connection) == schemas.known(connection)
print(Subscriber.objects.count(), UnwrittenWish.objects.count(), is_whole)
"""


def test_a_backup_of_an_older_version_is_migrated(tmp_path):
    copy_migrated(tmp_path / "elsewhere" / "db.sqlite3")
    env = environment(tmp_path, DJANGO_SETTINGS_MODULE="config.settings")
    command = [sys.executable, "-c", OLDER, str(tmp_path / "old.zip")]
    older = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert older.stdout.splitlines()[-1:] == ["1 0 True"], older.stderr


def backup_label(table: str) -> str:
    from django.apps import apps

    return next(each.label for each in tables_of(apps) if each.name == table)


def test_a_file_that_is_not_as_it_was_written_touches_nothing(tmp_path):
    make = Subscriber.objects.create(email="here@example.org")
    run("backup", tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-100])
    (tmp_path / "none.zip").write_bytes(b"not a backup")
    with zipfile.ZipFile(tmp_path / "b.zip") as old, zipfile.ZipFile(tmp_path / "other.zip", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"here@", b"evil@") if name.startswith("tables/") else data)
    with zipfile.ZipFile(tmp_path / "b.zip") as old, zipfile.ZipFile(tmp_path / "less.zip", "w") as new:
        for name in old.namelist()[1:]:
            new.writestr(name, old.read(name))
    before = sums()
    for name in ("cut", "none", "other", "less", "missing"):
        with pytest.raises(CommandError) as refused:
            run("restore", tmp_path / f"{name}.zip", "--replace")
        assert refused.value.returncode == 1
        assert f"{name}.zip" in str(refused.value)
    assert sums() == before
    assert holds.current_holds() == []
    assert make.pk


def test_a_backup_of_a_newer_version_is_refused_and_rows_stay(tmp_path, monkeypatch):
    Subscriber.objects.create(email="here@example.org")
    run("backup", tmp_path / "b.zip")
    with pytest.raises(CommandError, match="--replace"):
        run("restore", tmp_path / "b.zip")
    manifest = ArchiveReader(tmp_path / "b.zip").manifest
    newer = manifest.migrations | {"subscriptions": [*manifest.migrations["subscriptions"], "9999_future"]}
    monkeypatch.setattr(ArchiveReader, "verify", lambda *_: None)
    with zipfile.ZipFile(tmp_path / "b.zip") as old, zipfile.ZipFile(tmp_path / "newer.zip", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                data = json.dumps(json.loads(data) | {"migrations": newer}).encode()
            new.writestr(name, data)
    with pytest.raises(CommandError, match="newer version"):
        run("restore", tmp_path / "newer.zip", "--replace")
    assert Subscriber.objects.count() == 1


def test_secrets_are_in_it_only_when_asked_for_and_only_for_the_passphrase(tmp_path, settings, monkeypatch):
    monkeypatch.setattr("operations.backups.sealing._COST", 2**10)
    settings.GIVEN_SETTINGS = {
        "SITE_NAME": "Papers it's",
        "EMAIL_URL": "smtp://user:hunter2@mail.example",
        "OPENAI_API_KEY": "sk-secret",
        "PING_URL": "https://ping.example/hunter2",
        "REDIS_URL": "redis://broker/1",
        "DAILY_TOKEN_BUDGET": "70000",
        "READING_TOKENS": "8000",
        "MODEL_MAX_TOKENS": "900",
        "DKIM_KEY_FILE": str(tmp_path / "dkim.pem"),
    }
    (tmp_path / "dkim.pem").write_text("PRIVATE")
    (tmp_path / "phrase").write_text("correct horse battery\n")
    (tmp_path / "short").write_text("short\n")
    run("backup", tmp_path / "plain.zip")
    with zipfile.ZipFile(tmp_path / "plain.zip") as archive:
        names = {line.partition(b"=")[0].decode() for line in archive.read("settings.env").splitlines()}
    assert names == settings.GIVEN_SETTINGS.keys() - {"EMAIL_URL", "OPENAI_API_KEY", "PING_URL"}
    with pytest.raises(CommandError, match="too short"):
        run("backup", tmp_path / "b.zip", "--with-secrets", "--passphrase-file", tmp_path / "short")
    assert not (tmp_path / "b.zip").exists()
    run("backup", tmp_path / "b.zip", "--with-secrets", "--passphrase-file", tmp_path / "phrase")
    for name in ("plain.zip", "b.zip"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            for secret in (b"hunter2", b"sk-secret", b"PRIVATE", settings.SECRET_KEY.encode()):
                assert all(secret not in archive.read(each) for each in archive.namelist())
    phrase = ("--with-secrets", "--passphrase-file", tmp_path / "phrase", "--settings-only")
    with pytest.raises(CommandError, match="has no secrets"):
        run("restore", tmp_path / "plain.zip", *phrase)
    (tmp_path / "wrong").write_text("incorrect horse battery\n")
    with pytest.raises(CommandError, match="does not open"):
        run("restore", tmp_path / "b.zip", "--with-secrets", "--passphrase-file", tmp_path / "wrong")
    assert run("restore", tmp_path / "b.zip", *phrase)["files"] == 2
    lines = (tmp_path / "var" / "restored-settings.env").read_text().splitlines()
    assert "EMAIL_URL=smtp://user:hunter2@mail.example" in lines
    assert f"SECRET_KEY={settings.SECRET_KEY}" in lines
    assert (tmp_path / "var" / "restored-dkim_key_file").read_text() == "PRIVATE"


def test_a_backup_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    run("backup", tmp_path / "b.zip")
    old = (tmp_path / "b.zip").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("operations.backups.archives.os.fsync", full)
    with pytest.raises(CommandError, match="No space left"):
        run("backup", tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip", "var"]


def test_every_kind_of_column_is_known():
    """A column of a kind that backups cannot write stops the suite, not the backup of somebody's Friday."""
    from django.apps import apps

    kinds = {column.kind for table in tables_of(apps) for column in table.columns}
    assert kinds <= set(backup_tables._READERS)
