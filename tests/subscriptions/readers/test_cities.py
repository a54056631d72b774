"""The list of time zones in a form: cities that people know, in the page's language, with their clocks."""

from datetime import UTC, datetime

import pytest
from babel.core import get_global
from django.conf import settings
from django.utils import translation

from subscriptions.readers import cities, zones
from subscriptions.web.schedules import zone_options

WINTER, SUMMER = datetime(2026, 11, 30, 12, tzinfo=UTC), datetime(2027, 7, 1, 12, tzinfo=UTC)
CODES = ["en", "ko", "zh-Hans", "ja", "ar"]


def labels(language: str, now: datetime = WINTER, **also: str) -> dict[str, str]:
    return {city.zone: city.label for city in cities.cities(language, now=now, **also)}


@pytest.mark.parametrize("language", CODES)
def test_each_city_stands_once_and_in_the_script_of_the_page(language):
    listed = labels(language)
    assert set(listed) - {"UTC"} <= set(zones.present_names())
    assert len(set(listed.values())) == len(listed) > 120
    if language != "en":
        latin = [label for label in listed.values() if label[:1].isascii() and label != "UTC"]
        assert latin == []


@pytest.mark.parametrize(
    ("language", "zone", "label"),
    [
        ("ko", "Asia/Seoul", "서울 (UTC+9)"),
        ("ja", "Asia/Tokyo", "東京 (UTC+9)"),
        ("zh-Hans", "Asia/Shanghai", "北京 (UTC+8)"),
        ("ar", "Africa/Cairo", "القاهرة (UTC+2)"),
        ("en", "Asia/Kathmandu", "Kathmandu (UTC+5:45)"),
        ("en", "America/St_Johns", "St. John’s (UTC\N{MINUS SIGN}3:30)"),
        ("en", "Europe/Kyiv", "Kyiv (UTC+2)"),
        ("ko", "Europe/Kyiv", "키이우 (UTC+2)"),
        ("en", "UTC", "UTC"),
    ],
)
def test_a_city_has_the_name_that_people_use_and_its_clock(language, zone, label):
    assert labels(language)[zone] == label


def test_clocks_are_those_of_the_moment_also_where_they_are_put_forward():
    assert labels("en", WINTER)["Europe/Berlin"] == "Berlin (UTC+1)"
    assert labels("en", SUMMER)["Europe/Berlin"] == "Berlin (UTC+2)"
    assert labels("en", WINTER)["Australia/Sydney"] == "Sydney (UTC+11)"
    assert labels("en", SUMMER)["Australia/Sydney"] == "Sydney (UTC+10)"
    assert labels("en", SUMMER)["Asia/Tokyo"] == labels("en", WINTER)["Asia/Tokyo"]


def test_the_list_goes_from_west_to_east():
    listed = cities.cities("ja", now=WINTER)
    assert [city.offset for city in listed] == sorted(city.offset for city in listed)
    assert (listed[0].zone, listed[-1].zone) == ("Pacific/Honolulu", "Pacific/Auckland")


@pytest.mark.parametrize("language", CODES)
def test_every_other_zone_becomes_an_entry_of_its_own_with_a_name(language):
    for zone in zones.present_names():
        label = cities.city_of(zone, language, now=WINTER).label
        assert label.endswith(")")
        assert not label.startswith((" ", "("))


def test_a_browser_that_says_a_former_name_finds_the_city():
    reported = {city.also: city.zone for city in cities.cities("en", now=WINTER) if city.also}
    assert {"Asia/Calcutta", "Europe/Kiev", "Asia/Saigon", "Asia/Katmandu", "Asia/Rangoon"} <= set(reported)
    for former, present in reported.items():
        assert get_global("zone_aliases")[former] == present == zones.todays_name(former)


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES])
@pytest.mark.parametrize("selected", ["Asia/Seoul", "America/Argentina/Ushuaia", "Etc/GMT+5"])
def test_the_list_takes_at_most_15_kilobytes_of_the_page_and_one_entry_is_selected(code, selected):
    with translation.override(code):
        options = zone_options(selected, now=WINTER)
    assert len(options.encode()) <= 15_000
    assert options.count(" selected>") + options.count(" selected ") == 1
    assert f'value="{selected}" selected' in options


def test_a_zone_that_is_one_only_in_name_breaks_no_page():
    for name in ("UTC", "Etc/GMT-14", "Etc/GMT+12", "EST5EDT"):
        zone = zones.todays_name(name)
        assert labels("ko", also=zone)[zone]
