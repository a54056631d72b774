"""Secrets as files, and a database password that may hold any sign."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import environment, stores
from config.settings.environment import secret
from operations.backups import given_settings

SECRETS = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "POSTGRES_PASSWORD", "REDIS_URL", "EMAIL_URL"),
    *("ANYMAIL", "OPENAI_API_KEY", "BOUNCE_IMAP_URL", "METRICS_TOKEN", "PING_URL"),
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "secret"


@pytest.mark.parametrize("text", ["p@ss/w#rd%20&?:+ \\ \"'", "$dollar", "비밀번호"])
def test_a_secret_is_read_from_its_file_as_it_stands_there(monkeypatch, file, text):
    file.write_text(f"{text}\n", encoding="utf-8")
    monkeypatch.delenv("SOME_SECRET", raising=False)
    monkeypatch.setenv("SOME_SECRET_FILE", str(file))
    assert secret("SOME_SECRET") == text
    monkeypatch.setenv("SOME_SECRET_FILE", "")
    monkeypatch.setenv("SOME_SECRET", text)
    assert secret("SOME_SECRET") == text


@pytest.mark.parametrize("written", ["key\r\n", "\r\n key \r\n\r\n", "\ufeffkey\r\n", "\tkey"])
def test_how_a_line_ends_and_what_an_editor_writes_before_it_is_no_part_of_a_secret(
    monkeypatch, file, written
):
    file.write_bytes(written.encode())
    monkeypatch.setenv("SOME_SECRET_FILE", str(file))
    assert secret("SOME_SECRET") == "key"


@pytest.mark.parametrize("written", ["one\ntwo", "one\r\ntwo", "one\x00two", "one\x1b[0m", "one\ttwo"])
def test_a_file_with_more_than_the_secret_is_named_and_not_shown(monkeypatch, file, written):
    file.write_bytes(written.encode())
    monkeypatch.setenv("SOME_SECRET_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match="a control character") as caught:
        secret("SOME_SECRET")
    assert "two" not in str(caught.value)
    monkeypatch.setenv("ANYMAIL_FILE", str(file))
    monkeypatch.setenv("ANYMAIL", "")
    assert secret("ANYMAIL") == written.replace("\r\n", "\n")


def test_an_empty_file_is_a_setting_that_is_not_set(monkeypatch, file):
    file.write_text("\n", encoding="utf-8")
    monkeypatch.setenv("SOME_SECRET_FILE", str(file))
    assert secret("SOME_SECRET", "otherwise") == "otherwise"


def test_a_file_that_cannot_be_read_is_one_sentence_that_names_the_setting(monkeypatch, file):
    monkeypatch.setenv("SOME_SECRET_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match=rf"^SOME_SECRET_FILE={file}: .*No such file or directory"):
        secret("SOME_SECRET")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ImproperlyConfigured, match="it is not a text in UTF-8"):
        secret("SOME_SECRET")
    monkeypatch.setenv("SOME_SECRET_FILE", str(file.parent))
    with pytest.raises(ImproperlyConfigured, match="Is a directory"):
        secret("SOME_SECRET")


def test_a_secret_that_is_given_twice_is_refused_without_being_shown(monkeypatch, file):
    file.write_text("one", encoding="utf-8")
    monkeypatch.setenv("SOME_SECRET", "another")
    monkeypatch.setenv("SOME_SECRET_FILE", str(file))
    with pytest.raises(
        ImproperlyConfigured, match=r"^SOME_SECRET and SOME_SECRET_FILE are both set"
    ) as caught:
        secret("SOME_SECRET")
    assert "another" not in str(caught.value)


def test_a_backup_keeps_a_secret_the_way_that_it_was_given(monkeypatch, settings, file):
    file.write_text("the-secret", encoding="utf-8")
    monkeypatch.setenv("SOME_TOKEN", "$as-it-stands")
    monkeypatch.setenv("SECRET_KEY", "")
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))
    assert secret("SOME_TOKEN") == "$as-it-stands"
    assert secret("SECRET_KEY") == "the-secret"
    settings.GIVEN_SETTINGS, settings.SECRET_SETTINGS = environment.env.given(), environment.env.secrets
    kept = given_settings.secrets()
    assert kept["settings"]["SOME_TOKEN"] == "$as-it-stands"
    assert "SECRET_KEY" not in kept["settings"]
    assert base64.b64decode(kept["files"]["SECRET_KEY_FILE"]) == b"the-secret"
    environment.env.asked.discard("SOME_TOKEN")


def test_every_secret_can_be_a_file():
    folder = environment.BASE_DIR / "config" / "settings"
    source = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    assert [name for name in SECRETS if f'secret("{name}")' not in source] == []


@pytest.mark.parametrize("password", ["p@ss", "a/b", "a#b", "a%b", "a%40b", "a:b?c", "$dollar", "w ort"])
def test_a_database_password_may_hold_any_sign(monkeypatch, password):
    monkeypatch.setenv("POSTGRES_PASSWORD", password)
    monkeypatch.setattr(stores, "POSTGRES_HOST", "postgres")
    options = stores.database("")
    assert options["PASSWORD"] == password
    assert (options["HOST"], options["PORT"], options["NAME"], options["USER"]) == (
        *("postgres", 5432),
        *("paperpost", "paperpost"),
    )
    assert options["CONN_HEALTH_CHECKS"]


def test_a_port_of_the_database_that_is_none_is_named(monkeypatch):
    monkeypatch.setenv("POSTGRES_PORT", "five")
    with pytest.raises(ImproperlyConfigured, match="POSTGRES_PORT='five'"):
        stores.postgres("postgres")
