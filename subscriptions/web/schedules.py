"""When a digest comes, as one sentence of the page: "Every weekday at 8:00, Seoul time, in Korean"."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from babel import Locale, UnknownLocaleError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from newsletter.languages import LANGUAGES
from newsletter.web.pages import page_language
from subscriptions.models.states import Cadence
from subscriptions.readers import cities

# What people see stands apart from what is valid: a form copies its choices for each request.
CADENCES = [
    (Cadence.DAILY.value, _("Every day")),
    (Cadence.WEEKDAYS.value, _("Monday to Friday")),
    (Cadence.WEEKLY.value, _("Once a week")),
]
WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        Cadence.DAILY.value: gettext_noop("Every day at %(hour)s, %(city)s time, in %(language)s"),
        Cadence.WEEKDAYS.value: gettext_noop("Every weekday at %(hour)s, %(city)s time, in %(language)s"),
        Cadence.WEEKLY.value: gettext_noop("Every %(weekday)s at %(hour)s, %(city)s time, in %(language)s"),
    }
)
# A full hour as people say it, before and after noon; elsewhere from 0:00 to 23:00.
_HOURS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"ko": ("오전 {of_twelve}시", "오후 {of_twelve}시"), "ja": ("{hour}時", "{hour}時")}
)
_HOURS_ELSEWHERE = ("{hour}:00", "{hour}:00")


@lru_cache(maxsize=32)
def hour_choices(language: str) -> tuple[tuple[int, str], ...]:
    """The hours of a day, each as it is said in ``language``, a code of :mod:`newsletter.languages`."""
    forms = _HOURS.get(language, _HOURS_ELSEWHERE)
    return tuple((hour, forms[hour // 12].format(hour=hour, of_twelve=hour % 12 or 12)) for hour in range(24))


@lru_cache(maxsize=256)
def language_name(code: str, language: str) -> str:
    """What people of ``language`` call the language ``code``: "Korean"."""
    try:
        return Locale.parse(code, sep="-").get_display_name(Locale.parse(language, sep="-")) or code
    except (UnknownLocaleError, ValueError):
        return code


def sentence(fields: Mapping[str, Any], *, now: datetime) -> str:
    """When and how a digest comes that has these fields of a form, in the page's language.

    ``fields`` are values or their texts; one that is no choice, as in a form with an error, is the guess.
    """
    spoken = page_language()
    hours = dict(hour_choices(spoken))
    code = str(fields["language"])
    zone = str(fields["time_zone"])
    pattern = SENTENCES.get(str(fields["cadence"]), SENTENCES[Cadence.WEEKDAYS.value])
    return gettext(pattern) % {
        "hour": _chosen(hours, fields["hour"], hours[8]),
        "weekday": _chosen(dict(WEEKDAYS), fields["weekday"], WEEKDAYS[0][1]),
        "city": cities.city_of(zone, spoken, now=now).name,
        "language": language_name(code if code in LANGUAGES else spoken, spoken),
    }


def patterns() -> dict[str, str]:
    """The sentence of each rhythm with its places open, for the script that keeps it true."""
    return {cadence: gettext(pattern) for cadence, pattern in SENTENCES.items()}


def _chosen(choices: Mapping[int, Any], value: Any, otherwise: Any) -> str:
    text = str(value)
    return str(next((name for number, name in choices.items() if str(number) == text), otherwise))


@lru_cache(maxsize=64)
def _cities(language: str, also: str, at: datetime) -> SafeString:
    """The options of the cities, none of them selected."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (
                city.zone,
                format_html(' data-also="{}"', city.also) if city.also else "",
                city.label,
            )
            for city in cities.cities(language, now=at, also=also)
        ),
    )


def zone_options(selected: str, *, now: datetime) -> SafeString:
    """The options of a select box of time zones; ``selected`` is one of them, whatever zone it is."""
    # Clocks are put forward and back at a full hour, somewhere at a half: what was made is kept until then.
    at = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    spoken = page_language()
    also = "" if cities.is_listed(selected) else selected
    options = _cities(spoken, also, at)
    value = format_html('value="{}"', selected)
    return mark_safe(options.replace(value, f"{value} selected", 1))  # noqa: S308 - both are escaped above
