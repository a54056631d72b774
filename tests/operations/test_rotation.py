"""A new secret: links of sent mails, tags of what comes back and suppressed addresses go on being known."""

import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from config.settings import is_weak
from operations import rotation
from subscriptions.feedback.return_paths import DigestTag, named_by_tag, tag
from subscriptions.models import Suppression
from subscriptions.readers.links import LinkError, subscriber_of, token
from tests.factories import NOW, make_subscriber

OLD = "the-Secret_that-counted-until-today-0123456789-abcdefghij"
OLDER = "the-Secret_of-the-year-before-0123456789-abcdefghijklmnop"
ENV = f"""# Settings
DEBUG=0
SECRET_KEY={OLD}
# SECRET_KEY_FALLBACKS=
SITE_URL=https://papers.example
SECRET_KEY_FALLBACKS={OLDER}
SITE_NAME="A name = with, signs"
"""


def rotate(*arguments):
    out = StringIO()
    call_command("rotate_secret", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path, settings):
    file = tmp_path / ".env"
    file.write_text(ENV)
    file.chmod(0o600)
    settings.ENV_FILE = str(file)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, [OLDER]
    return file


def test_the_file_of_settings_gets_a_new_secret_and_keeps_all_else(file):
    assert "Restart web, worker, beat and watch" in rotate()
    lines = file.read_text().splitlines()
    keys = rotation.read(file)
    assert keys.fallbacks == (OLD, OLDER)
    assert keys.secret not in (OLD, OLDER)
    assert not is_weak(keys.secret)
    kept = [line for line in ENV.splitlines() if not line.startswith("SECRET_KEY")]
    assert [line for line in lines if not line.startswith("SECRET_KEY")] == kept
    assert len(lines) == len(ENV.splitlines())
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [".env"]
    assert os.environ.get("SITE_NAME") != "A name = with, signs", "to read it changes no environment"


@pytest.mark.django_db
def test_what_was_made_with_an_earlier_secret_is_known_after_two_rotations(file, client):
    reader = make_subscriber()
    leave, made = token(reader, "unsubscribe", now=NOW), tag(17)
    Suppression.objects.keep_out("gone@example.org", reason=Suppression.Reason.BOUNCED, at=timezone.now())
    for _ in range(2):
        rotate()
        keys = rotation.read(file)
        with override_settings(SECRET_KEY=keys.secret, SECRET_KEY_FALLBACKS=list(keys.fallbacks)):
            assert subscriber_of(leave, "unsubscribe", now=NOW) == reader
            assert named_by_tag(made) == DigestTag(17)
            assert Suppression.objects.of("gone@example.org").exists()
            assert client.post(f"/unsubscribe/{leave}/").status_code == 200
            assert token(reader, "unsubscribe", now=NOW) != leave
    with override_settings(SECRET_KEY=keys.secret, SECRET_KEY_FALLBACKS=[]), pytest.raises(LinkError):
        subscriber_of(leave, "unsubscribe", now=NOW)


def test_a_secret_that_is_kept_elsewhere_is_printed_and_no_file_changes(file, settings):
    settings.SECRET_KEY = "another-Secret_from-the-environment-0123456789-abcdefgh"
    text = rotate()
    assert "not kept in a file of settings" in text
    assert f"SECRET_KEY_FALLBACKS={settings.SECRET_KEY},{OLDER}\n" in text
    assert file.read_text() == ENV
    settings.SECRET_KEY = OLD
    assert f"SECRET_KEY_FALLBACKS={OLD},{OLDER}\n" in rotate("--print")
    assert file.read_text() == ENV


def test_a_secret_that_no_list_can_hold_stays(file, settings):
    settings.SECRET_KEY = "a-Secret, with a comma in it, 0123456789-abcdefghijklmnop"
    with pytest.raises(CommandError, match="comma"):
        rotate()
    assert file.read_text() == ENV


@pytest.mark.parametrize("line", [f"SECRET_KEY='{OLD}'", f'export SECRET_KEY="{OLD}"', f"SECRET_KEY = {OLD}"])
def test_other_ways_to_write_it(tmp_path, settings, line):
    file = tmp_path / ".env"
    file.write_text(f"{line}\nDEBUG=0\n")
    settings.ENV_FILE, settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = str(file), OLD, []
    text = rotate()
    keys = rotation.read(file)
    assert keys.fallbacks == (OLD,) or (file.read_text().startswith(line) and OLD in text)


def test_of_a_key_that_was_appended_to_the_example_one_line_is_left(tmp_path, settings):
    file = tmp_path / ".env"
    file.write_text(f"SECRET_KEY=\nDEBUG=0\nSECRET_KEY={OLD}")
    settings.ENV_FILE, settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = str(file), OLD, []
    rotate()
    keys = rotation.read(file)
    assert file.read_text() == "".join(f"{line}\n" for line in (*keys.lines(), "DEBUG=0"))
    assert keys.fallbacks == (OLD,)


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o660])
def test_the_services_may_read_the_new_file_as_they_did_the_old_one(file, settings, mode):
    """The documented file belongs to root and the services' group, mode 640."""
    group = 12345 if os.geteuid() == 0 else os.getegid()
    os.chown(file, os.geteuid(), group)
    file.chmod(mode)
    rotate()
    assert rotation.read(file).fallbacks == (OLD, OLDER)
    assert (file.stat().st_mode & 0o777, file.stat().st_gid) == (mode, group)


def test_a_link_to_the_file_stays_one(file, settings):
    link = file.parent / "link"
    link.symlink_to(file)
    settings.ENV_FILE = str(link)
    rotate()
    assert link.is_symlink()
    assert rotation.read(file).fallbacks == (OLD, OLDER)


def test_where_the_owner_cannot_be_kept_nothing_is_changed(file, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refuse)
    with pytest.raises(CommandError, match="Run it as root"):
        rotate()
    assert file.read_text() == ENV
    assert [path.name for path in file.parent.iterdir()] == [".env"]
