"""A backup may have come a long way: one that was made to do harm is refused before anything is touched."""

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from operations.backups import archives, sealing
from operations.backups.archives import ArchiveReader
from operations.backups.errors import DamagedError
from operations.backups.restoring import restore
from subscriptions.delivery import holds
from subscriptions.models import Subscriber
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
    if isinstance(listed := manifest["members"], dict):
        for name, data in members.items():
            listed.setdefault(name, {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    with zipfile.ZipFile(forged, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in {**members, archives.MANIFEST: json.dumps(manifest).encode()}.items():
            new.writestr(name, data)


def adding(name: str, data: bytes = b"x") -> Change:
    return lambda _manifest, members: members.update({name: data})


def saying(**values: object) -> Change:
    return lambda manifest, _members: manifest.update(values)


def deep(manifest: dict[str, Any], _members: Members) -> None:
    manifest["tables"] = {"subscriptions.Subscriber": {"rows": 1, "checksum": [], "columns": ["id"]}}


def larger_than_it_says(manifest: dict[str, Any], members: Members) -> None:
    members["pictures/bomb.webp"] = b"\0" * 40_000_000  # a few kilobytes in the file
    manifest["members"]["pictures/bomb.webp"] = {"bytes": 10, "sha256": "0" * 64}


HOSTILE: dict[str, Change] = {
    "climbs": adding("pictures/../../climbed.webp"),
    "climbs later": adding("pictures/a/../../../climbed.webp"),
    "absolute": adding("pictures//tmp/climbed.webp"),
    "folder": adding("pictures/"),
    "here": adding("pictures/."),
    "unknown member": adding("static/site.css"),
    "members of another kind": saying(members=["pictures/a.webp"]),
    "tables of another kind": saying(tables=[1]),
    "a checksum of another kind": deep,
    "migrations of another kind": saying(migrations={"subscriptions": 7}),
    "keys of another kind": saying(secret_keys="a"),
    "a journal of another kind": saying(journal=[1]),
    "no moment": saying(taken_at="yesterday"),
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
