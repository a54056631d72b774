"""Secrets: strong where mails are signed with them, and on no page that somebody else may read."""

import os
import subprocess
import sys

import pytest
from django.test import override_settings
from django.urls import path

from config.settings import SHORTEST_SECRET, is_weak
from lib.masking import MASK, mask_passwords

pytestmark = pytest.mark.processes

STRONG = "a-Long_random.text, of more than fifty characters; 0123456789"
PASSWORD = "s3cr3t-p@ss/word"


def start(tmp_path, *options, **settings):
    """``manage.py check`` with these settings: status, and what it said."""
    environment = {
        **os.environ,
        "ENV_FILE": "",
        "VAR_DIR": str(tmp_path / "var"),
        "DEBUG": "",
        "SECRET_KEY": STRONG,
        "DATABASE_URL": "",
        **settings,
    }
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "check", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("weak", ["short", "x" * 49, "abcd" * 20, "django-insecure-" + STRONG, "ab" * 40])
def test_a_weak_secret_stops_a_production_start_with_what_to_do(tmp_path, weak):
    assert is_weak(weak)
    status, said = start(tmp_path, SECRET_KEY=weak)
    assert status != 0
    assert "SECRET_KEY is weak" in said
    assert "SECRET_KEY_FALLBACKS" in said
    assert weak not in said
    assert "Traceback" not in said


def test_a_strong_secret_starts_and_an_old_weak_one_may_stand_beside_it(tmp_path):
    status, said = start(tmp_path, SECRET_KEY=STRONG, SECRET_KEY_FALLBACKS="short,django-insecure-old")
    assert status == 0, said
    assert not is_weak("abcde" * 10)
    assert SHORTEST_SECRET == 50


def test_a_production_start_passes_the_checks_of_a_deployment(tmp_path):
    strict = ("--deploy", "--fail-level", "WARNING")
    status, said = start(tmp_path, *strict, SITE_URL="https://papers.example", PROXY_HOPS="1")
    assert status == 0, said
    assert "WARNINGS" not in said


def test_a_secret_may_be_a_file_and_one_that_is_missing_stops_the_start_with_one_sentence(tmp_path):
    file = tmp_path / "secret_key"
    status, said = start(tmp_path, SECRET_KEY="", SECRET_KEY_FILE=str(file))
    assert status != 0
    assert (
        said.strip()
        .splitlines()[-1]
        .endswith(f"SECRET_KEY_FILE={file}: the file cannot be read (No such file or directory).")
    )
    assert "Traceback" not in said
    file.write_text(STRONG + "\n", encoding="utf-8")
    assert start(tmp_path, SECRET_KEY="", SECRET_KEY_FILE=str(file))[0] == 0


def test_who_tries_it_out_may_take_any(tmp_path):
    assert start(tmp_path, SECRET_KEY="short", DEBUG="1")[0] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"mysql://paperpost:{PASSWORD}@db/paperpost"),
        ("EMAIL_URL", f"smpt://user:{PASSWORD}@mail.example.org"),
    ],
)
def test_a_setting_that_is_refused_is_named_without_its_password(tmp_path, name, value):
    status, said = start(tmp_path, **{name: value})
    assert status != 0
    assert f"{name}=" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"redis://:{PASSWORD}@host:6379/0", f"redis://{MASK}@host:6379/0"),
        (f"imaps://a%40b:{PASSWORD}@host/INBOX is away", f"imaps://{MASK}@host/INBOX is away"),
        ("https://example.org/?q=a@b", "https://example.org/?q=a@b"),
        ("mail a@b.example", "mail a@b.example"),
    ],
)
def test_only_what_stands_before_the_host_is_masked(text, shown):
    assert mask_passwords(text) == shown or "?q=" in text


def broken(request):
    url = f"redis://:{PASSWORD}@broker:6379/0"
    options = {"url": url, "list": [url], "password": PASSWORD}
    password = PASSWORD
    raise ConnectionError(f"cannot reach {url}", len(options), bool(password))


urlpatterns = [path("broken/", broken)]


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_error_page_while_debugging_shows_no_password(client, accept):
    url = f"scheme://user:{PASSWORD}@host/name"
    secrets = {
        "ANYMAIL": {"POSTMARK_SERVER_TOKEN": "s3cr3t-token", "ANYTHING": "s3cr3t-anything"},
        "SECRET_KEY_FALLBACKS": ["s3cr3t-fallback"],
        "OPENAI_API_KEY": "s3cr3t-key",
        "PING_URL": "https://ping.example/s3cr3t-ping",
        "EMAIL_HOST_PASSWORD": "s3cr3t-mail",
        **dict.fromkeys(
            ("REDIS_URL", "DATABASE_URL", "EMAIL_URL", "BOUNCE_IMAP_URL", "CELERY_BROKER_URL"), url
        ),
        "A_LIST": [url],
        "A_TABLE": {"inner": {"url": url}},
    }
    client.raise_request_exception = False
    with override_settings(DEBUG=True, ROOT_URLCONF=__name__, **secrets):
        page = client.get("/broken/", headers={"accept": accept}, REDIS_URL=url)
    assert page.status_code == 500
    shown = page.content.decode()
    assert "BOUNCE_IMAP_URL" in shown
    assert "s3cr3t" not in shown
