"""A backup may have come a long way: one that was made to do harm is refused before anything is touched."""

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from operations.backups import archives, sealing
from operations.backups.archives import ArchiveReader
from operations.backups.errors import BackupError, DamagedError
from operations.backups.restoring import restore, write_settings
from operations.backups.tables import TableSum
from subscriptions.delivery import holds
from subscriptions.models import DeliveryEvent, Subscriber
from tests.factories import make_subscriber
from tests.operations.backups.test_backups import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

Members = dict[str, bytes]
Change = Callable[[dict[str, Any], Members], None]


@pytest.fixture(autouse=True)
def _own_place(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)


def forge(whole: Path, forged: Path, change: Change) -> None:
    """``whole`` with what ``change`` does to its manifest and members; the sums of new ones are right."""
    with zipfile.ZipFile(whole) as old:
        members = {name: old.read(name) for name in old.namelist() if name != archives.MANIFEST}
        manifest = json.loads(old.read(archives.MANIFEST))
    change(manifest, members)
    text = members.pop(archives.MANIFEST, b"")
    if isinstance(listed := manifest["members"], dict):
        for name, data in members.items():
            listed.setdefault(name, {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    with zipfile.ZipFile(forged, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in {**members, archives.MANIFEST: text or json.dumps(manifest).encode()}.items():
            new.writestr(name, data)


def adding(name: str, data: bytes = b"x") -> Change:
    return lambda _manifest, members: members.update({name: data})


def saying(**values: object) -> Change:
    return lambda manifest, _members: manifest.update(values)


def without(name: str) -> Change:
    def change(manifest: dict[str, Any], members: Members) -> None:
        del manifest["members"][name], members[name]

    return change


def replacing(name: str, data: bytes) -> Change:
    def change(manifest: dict[str, Any], members: Members) -> None:
        del manifest["members"][name]
        members[name] = data

    return change


def of_table(label: str, **values: object) -> Change:
    return lambda manifest, _members: (
        manifest["tables"].setdefault(label, {"rows": 0, "checksum": "", "columns": []}).update(values)
    )


def with_line(line: Callable[[bytes], bytes]) -> Change:
    """The one reader's line is what ``line`` makes of it; all sums are right."""

    def change(manifest: dict[str, Any], members: Members) -> None:
        name = f"{archives.TABLES}{READERS}.jsonl"
        heading, old = members[name].splitlines(keepends=True)
        total = TableSum()
        total.add(line(old))
        manifest["tables"][READERS] |= total.as_json()
        replacing(name, heading + line(old))(manifest, members)

    return change


def with_value(column: str, value: object) -> Change:
    place = [each.column for each in Subscriber._meta.concrete_fields].index(column)

    def changed(line: bytes) -> bytes:
        values = json.loads(line)
        values[place] = value
        return (json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n").encode()

    return with_line(changed)


def without_contents_it_needs(manifest: dict[str, Any], _members: Members) -> None:
    del manifest["migrations"]["contenttypes"]


def deep(_manifest: dict[str, Any], members: Members) -> None:
    members[archives.MANIFEST] = b'{"tables": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def too_long(manifest: dict[str, Any], members: Members) -> None:
    members[archives.MANIFEST] = b" " * 2_000_000 + json.dumps(manifest).encode()


def larger_than_it_says(manifest: dict[str, Any], members: Members) -> None:
    members["pictures/bomb.webp"] = b"\0" * 40_000_000  # a few kilobytes in the file
    manifest["members"]["pictures/bomb.webp"] = {"bytes": 10, "sha256": "0" * 64}


READERS = "subscriptions.Subscriber"
HOSTILE: dict[str, Change] = {
    "climbs": adding("pictures/../../climbed.webp"),
    "climbs later": adding("pictures/a/../../../climbed.webp"),
    "absolute": adding("pictures//tmp/climbed.webp"),
    "folder": adding("pictures/"),
    "here": adding("pictures/."),
    "unknown member": adding("static/site.css"),
    "members of another kind": saying(members=["pictures/a.webp"]),
    "tables of another kind": saying(tables=[1]),
    "a checksum of another kind": of_table(READERS, checksum=[]),
    "a very deep manifest": deep,
    "a very long manifest": too_long,
    "migrations of another kind": saying(migrations={"subscriptions": 7}),
    "no migrations": saying(migrations={}),
    "migrations without those they need": without_contents_it_needs,
    "keys of another kind": saying(secret_keys="a"),
    "no keys": saying(secret_keys=[]),
    "a journal of another kind": saying(journal=[1]),
    "a journal of nothing": saying(journal={}),
    "a journal of more": saying(journal={"size": 0, "sha256": "", "more": 1}),
    "a journal below nothing": saying(journal={"size": -1, "sha256": ""}),
    "a journal of words": saying(journal={"size": "1", "sha256": ""}),
    "a journal without a digest": saying(journal={"size": 1, "sha256": 2}),
    "no moment": saying(taken_at="yesterday"),
    "a moment without a zone": saying(taken_at="2026-03-18T09:00:00"),
    "a moment of another zone": saying(taken_at="2026-03-18T09:00:00+09:00"),
    "no settings": without(archives.SETTINGS),
    "settings that are no text": replacing(archives.SETTINGS, b"\xff"),
    "an unknown table": of_table("subscriptions.Nobody"),
    "an unknown column": of_table(READERS, columns=["id", "nothing"]),
    "too few columns": of_table(READERS, columns=["id"]),
    "a text for a number": with_value("hour", "nine"),
    "a number for a text": with_value("email", 7),
    "a number for a moment": with_value("next_due_at", 7),
    "a moment of no zone": with_value("next_due_at", "2026-03-18T09:00:00.000000"),
    "broken JSON in a column": with_value("queries", "["),
    "nothing where something must be": with_value("email", None),
    "half of a letter": with_line(lambda line: line.replace(b"here@", b"\\ud800@")),
    "a row of too few": with_line(lambda _: b"[1]\n"),
    "a row that is an object": with_line(lambda _: b"{}\n"),
    "a row that is deep": with_line(lambda _: b"[" * 100_000 + b"]" * 100_000 + b"\n"),
    "a row without an end": with_line(lambda line: line[:-1]),
    "a row with spaces": with_line(lambda line: line.replace(b",", b", ", 1)),
    "more than there is": saying(surprise=1),
    "a bomb": larger_than_it_says,
}


def test_whatever_was_done_to_it_nothing_is_touched(tmp_path):
    Subscriber.objects.create(email="here@example.org")
    run("backup", tmp_path / "b.zip")
    before = set(tmp_path.rglob("*"))
    for name, change in HOSTILE.items():
        forge(tmp_path / "b.zip", tmp_path / "forged.zip", change)
        with pytest.raises(DamagedError) as refused:
            restore(tmp_path / "forged.zip", replace=True)
        assert "forged.zip" in str(refused.value), name
        (tmp_path / "forged.zip").unlink()
        assert set(tmp_path.rglob("*")) == before, name
    assert Subscriber.objects.get().email == "here@example.org"
    assert holds.current_holds() == []


SECRETS: tuple[Any, ...] = (
    [],
    {"files": []},
    {"files": {"DKIM_KEY_FILE": 7}},
    {"files": {"DKIM_KEY_FILE": "no base64"}},
    {"files": {"../DKIM_KEY_FILE": ""}},
    {"settings": "DEBUG=1"},
    {"settings": {"SITE_NAME": 7}},
    {"settings": {"SITE_NAME": "\ud800"}},
    {"settings": {"DEBUG=1\nSITE_NAME": ""}},
)


def test_secrets_of_another_kind_touch_nothing(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(sealing, "_COST", 2**4)
    Subscriber.objects.create(email="here@example.org")
    run("backup", tmp_path / "b.zip")
    Subscriber.objects.update(email="since@example.org")
    for secret in SECRETS:
        sealed = sealing.seal(secret, "correct horse battery")
        forge(tmp_path / "b.zip", tmp_path / "forged.zip", adding(archives.SECRETS, sealed))
        for act in (partial(restore, replace=True), write_settings):
            with pytest.raises(DamagedError, match=r"forged\.zip: its settings or secrets"):
                act(tmp_path / "forged.zip", passphrase="correct horse battery")
    assert Subscriber.objects.get().email == "since@example.org"
    assert holds.current_holds() == []
    assert not list(settings.VAR_DIR.glob("restored-*"))


def test_a_row_that_only_the_database_refuses_changes_nothing(tmp_path):
    make_subscriber("here@example.org")
    event = DeliveryEvent.objects.create(subscriber=Subscriber.objects.get(), kind="hard", at=timezone.now())
    run("backup", tmp_path / "b.zip")
    forge(
        tmp_path / "b.zip", tmp_path / "forged.zip", with_value("id", 10_000)
    )  # whom the event does not name
    with pytest.raises(BackupError, match=r"forged\.zip: the database does not take its rows"):
        restore(tmp_path / "forged.zip", replace=True)
    assert list(DeliveryEvent.objects.values_list("pk", "subscriber__email")) == [
        (event.pk, "here@example.org")
    ]
    assert holds.current_holds() == []


def test_a_refused_file_is_let_go(tmp_path, monkeypatch):
    run("backup", tmp_path / "b.zip")
    forge(tmp_path / "b.zip", tmp_path / "forged.zip", saying(journal=[1]))
    closed: list[str] = []
    close = zipfile.ZipFile.close

    def counted(archive: zipfile.ZipFile) -> None:
        closed.append(str(archive.filename))
        close(archive)

    monkeypatch.setattr(zipfile.ZipFile, "close", counted)
    with pytest.raises(DamagedError) as refused:  # kept: with it goes what would close the file
        ArchiveReader(tmp_path / "forged.zip")
    assert closed == [str(tmp_path / "forged.zip")]
    assert "forged.zip" in str(refused.value)


def test_a_bomb_is_not_unpacked_to_its_end(tmp_path, monkeypatch):
    run("backup", tmp_path / "b.zip")
    forge(tmp_path / "b.zip", tmp_path / "bomb.zip", larger_than_it_says)
    unpacked = 0

    def counted(name: str, *, read: Any = ArchiveReader.parts) -> Any:
        nonlocal unpacked
        for part in read(archive, name):
            unpacked += len(part)
            yield part

    archive = ArchiveReader(tmp_path / "bomb.zip")
    monkeypatch.setattr(archive, "parts", counted)
    with pytest.raises(DamagedError, match=r"bomb\.webp is not as it was written"):
        archive.verify()
    assert unpacked < 2_000_000


def test_a_line_without_an_end_is_not_read_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LONGEST_LINE", 4096)
    Subscriber.objects.create(email="here@example.org", queries=["x" * 5000])
    with pytest.raises(CommandError, match="a line of more than"):
        run("backup", tmp_path / "b.zip")


def test_a_link_in_the_archive_is_a_file_of_its_words(tmp_path, settings):
    run("backup", tmp_path / "b.zip")
    forge(tmp_path / "b.zip", tmp_path / "link.zip", adding("pictures/link.webp", b"/etc/passwd"))
    with zipfile.ZipFile(tmp_path / "link.zip") as plain, zipfile.ZipFile(tmp_path / "l.zip", "w") as linked:
        for info in plain.infolist():
            data = plain.read(info)
            info.external_attr = 0o120777 << 16 if info.filename.endswith("link.webp") else info.external_attr
            linked.writestr(info, data)
    assert restore(tmp_path / "l.zip", replace=True).problems == []
    path = settings.MEDIA_ROOT / "link.webp"
    assert (path.is_symlink(), path.read_bytes()) == (False, b"/etc/passwd")


@pytest.mark.parametrize(
    "value", [b"{}", b"[]", b"\xff", b'{"salt": 1, "nonce": 2, "sealed": 3}', b"[" * 9000]
)
def test_secrets_that_are_none_are_one_sentence(value: bytes, monkeypatch):
    monkeypatch.setattr(sealing, "_COST", 2**4)
    with pytest.raises(DamagedError, match="cannot be read"):
        sealing.unseal(value, "correct horse battery")
    salt = base64.b64encode(b"s").decode()
    with pytest.raises(DamagedError, match="cannot be read"):
        sealing.unseal(
            json.dumps({"salt": salt, "nonce": "", "sealed": ""}).encode(), "correct horse battery"
        )
