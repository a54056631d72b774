"""Names of zones, old and new; and a zone that nobody knows stops nobody else."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module, resources
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.apps import apps

from newsletter.topics.assignment import add_missing_topics
from newsletter.topics.catalogue import load_topics
from subscriptions.models import Subscriber
from subscriptions.readers import zones
from subscriptions.readers.clock import zone_named, zone_of
from tests.factories import make_subscriber
from tests.subscriptions.visitors import act, form

NO_ZONES = {"Factory", "localtime", "posixrules"}
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("old", "present"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Asia/Katmandu", "Asia/Kathmandu"),
        ("Pacific/Enderbury", "Pacific/Kanton"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Africa/Asmera", "Africa/Asmara"),
        ("Iceland", "Atlantic/Reykjavik"),
        ("Pacific/Samoa", "Pacific/Pago_Pago"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("EST5EDT", "America/New_York"),
        ("Zulu", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        (" europe/BERLIN\n", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Kolkata"),
    ],
)
def test_each_name_becomes_todays(old, present):
    assert zones.todays_name(old) == present


def test_every_name_there_ever_was_becomes_one_that_can_be_chosen_or_a_fixed_offset():
    known = available_timezones() - NO_ZONES
    wrong = {
        name: zones.todays_name(name)
        for name in known
        if zones.todays_name(name) not in {"UTC", *zones.present_names()}
        and not zones.todays_name(name).startswith("Etc/GMT")
    }
    assert wrong == {}
    assert len(known) > 590


def test_a_former_name_has_the_same_clock_today():
    moments = [1_780_000_000, 1_796_000_000]  # a summer's day and a winter's
    differing = [
        name
        for name in available_timezones() - NO_ZONES
        if any(
            (at := datetime.fromtimestamp(moment, UTC)).astimezone(ZoneInfo(name)).utcoffset()
            != at.astimezone(zone_named(name)).utcoffset()
            for moment in moments
        )
    ]
    assert differing == []


@pytest.mark.parametrize(
    "name",
    ["", " ", "Etc/Unknown", "Factory", "Mars/Base", "\0", "\ud83d", "../etc/passwd", "Europe", "x" * 5000],
)
def test_what_nobody_knows_is_no_name_and_utc_for_whoever_has_it(name):
    assert zones.todays_name(name) == ""
    assert zones.stored_zone(name) is None
    assert zone_of(name).key == "UTC"


def test_a_guess_by_the_country_of_the_address_then_by_language():
    assert zones.guess(language="en", address="a@b.kr") == "Asia/Seoul"
    assert zones.guess(language="en", address="a@b.de") == "Europe/Berlin"
    assert zones.guess(language="ja", address="a@b.com") == "Asia/Tokyo"
    assert zones.guess(language="en", address="a@b.us") == "UTC"  # which of its thirty?
    assert zones.guess(language="??") == "UTC"


@pytest.mark.processes
def test_names_are_known_where_the_systems_data_know_those_of_today_only(tmp_path):
    """As on a system without links to old names, and without any data but ours."""
    source = Path(str(resources.files("tzdata"))) / "zoneinfo"
    for name in [*zones.present_names()]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((source / name).read_bytes())
    code = (
        "import json, sys, zoneinfo; from subscriptions.readers import zones; names = json.load(sys.stdin);"
        "print(json.dumps([zones.todays_name(n) for n in names]))"
    )
    names = sorted(available_timezones() - NO_ZONES)
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(names),
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "" not in json.loads(done.stdout)


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Asia/Calcutta", " europe/kiev ", "US/Eastern", "Pacific/Samoa", "UTC"])
def test_the_form_takes_a_name_that_was_and_keeps_todays(client, zone):
    add_missing_topics(load_topics())
    assert act(client, "/", form(time_zone=zone)).status_code == 302
    assert Subscriber.objects.get().time_zone == zones.todays_name(zone)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "language", "guess"),
    [("ada@example.kr", "en", "Asia/Seoul"), ("ada@example.org", "ja", "Asia/Tokyo")],
)
def test_a_form_whose_zone_nobody_knows_comes_back_with_a_guess(client, address, language, guess):
    add_missing_topics(load_topics())
    answer = act(client, "/", form(email=address, language=language, time_zone="Etc/Unknown"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'<option value="{guess}" selected>' in page
    assert "please check that the one shown here is yours" in page
    assert f'value="{address}"' in page


@pytest.mark.django_db
def test_stored_names_are_renamed_and_what_nobody_knows_stays():
    made = {name: make_subscriber(time_zone=name).pk for name in ("Asia/Calcutta", "Mars/Base", "Asia/Tokyo")}
    import_module("subscriptions.migrations.0005_zone_names").rename_zones(apps, None)
    assert {name: Subscriber.objects.get(pk=pk).time_zone for name, pk in made.items()} == {
        "Asia/Calcutta": "Asia/Kolkata",
        "Mars/Base": "Mars/Base",
        "Asia/Tokyo": "Asia/Tokyo",
    }
