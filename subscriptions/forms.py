"""What people fill in. Errors are one sentence at the field, and nothing typed is lost."""

from datetime import datetime, time
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.core import signing
from django.core.cache import cache
from django.utils import formats, timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGE_CHOICES
from newsletter.models import Topic
from subscriptions.addresses import normalise
from subscriptions.models import Subscriber
from subscriptions.states import Cadence
from subscriptions.wishes import Wishes

SIZES = (5, 10, 15, 20, 30)
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
_ZONE_AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
# The zone that most readers of a language live in, for a browser that cannot tell its own.
ZONE_OF_LANGUAGE = {
    "ko": "Asia/Seoul",
    "ja": "Asia/Tokyo",
    "zh-Hans": "Asia/Shanghai",
    "zh-Hant": "Asia/Taipei",
}

# Programs answer a form at once; a page that was open for a day and a night is fresh again after one press.
FASTEST_SECONDS = 1
LONGEST_SECONDS = 36 * 3600
_form_clock = signing.Signer(salt="paperpost.form")


def _hours() -> list[tuple[int, str]]:
    return [(hour, formats.time_format(time(hour), "TIME_FORMAT")) for hour in range(24)]


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The time zones by continent, for a select box; UTC stands first."""
    groups: dict[str, list[tuple[str, str]]] = {"": [("UTC", "UTC")]}
    for name in sorted(available_timezones()):
        area, slash, place = name.partition("/")
        if slash and area in _ZONE_AREAS:
            groups.setdefault(area, []).append((name, place.replace("_", " ").replace("/", " / ")))
    return list(groups.items())


def topic_slugs() -> frozenset[str]:
    """The slugs that can be followed; looked up twice a minute at most."""
    found = cache.get("topic-slugs")
    if found is None:
        found = frozenset(Topic.objects.active().values_list("slug", flat=True))
        cache.set("topic-slugs", found, 30)
    return cast("frozenset[str]", found)


class _TopicsField(forms.MultipleChoiceField):
    def valid_value(self, value: Any) -> bool:
        if value in topic_slugs():
            return True
        cache.delete("topic-slugs")  # a topic may be younger than what we remember
        return value in topic_slugs()


class WishesForm(forms.Form):
    """What a reader wants, and when: the sign-up form and the preferences share it."""

    topics = _TopicsField(
        required=False,
        error_messages={"invalid_choice": _("One of the topics does not exist any more; please look again.")},
    )
    language = forms.ChoiceField(
        choices=LANGUAGE_CHOICES,
        error_messages={
            "invalid_choice": _("Please choose one of the languages."),
            "required": _("Please choose one of the languages."),
        },
    )
    time_zone = forms.CharField(
        max_length=64,
        error_messages={
            "required": _("Please choose your time zone."),
            "max_length": _("Please choose your time zone."),
        },
    )
    hour = forms.TypedChoiceField(
        choices=lazy(_hours, list),
        coerce=int,
        error_messages={
            "invalid_choice": _("Please choose an hour of the day."),
            "required": _("Please choose an hour of the day."),
        },
    )
    cadence = forms.ChoiceField(
        choices=CADENCES,
        required=False,
        error_messages={"invalid_choice": _("Please choose how often.")},
    )
    weekday = forms.TypedChoiceField(
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        empty_value="0",
        error_messages={"invalid_choice": _("Please choose a day of the week.")},
    )
    size = forms.TypedChoiceField(
        choices=[(size, str(size)) for size in SIZES],
        coerce=int,
        required=False,
        empty_value="10",
        error_messages={"invalid_choice": _("Please choose how many papers.")},
    )

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(_("Please choose your time zone."))
        return zone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("topics") and "topics" not in self.errors:
            self.add_error("topics", _("Please choose at least one topic."))
        return cleaned

    def wishes(self) -> Wishes:
        """The valid form as a value."""
        data = self.cleaned_data
        return Wishes(
            topics=tuple(data["topics"]),
            language=data["language"],
            time_zone=data["time_zone"],
            hour=data["hour"],
            cadence=data["cadence"] or Cadence.DAILY.value,
            weekday=int(data["weekday"]),
            size=int(data["size"]),
        )


class SignUpForm(WishesForm):
    """The form at ``/``. ``website`` is seen by programs only; ``shown`` says when the page was made."""

    email = forms.CharField(
        max_length=320,
        error_messages={
            "required": _("Please type your email address."),
            "max_length": _("This email address is too long."),
        },
    )
    website = forms.CharField(required=False)
    shown = forms.CharField(required=False, max_length=100)

    def clean_email(self) -> str:
        try:
            return normalise(self.cleaned_data["email"])
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        try:
            shown_at = int(_form_clock.unsign(str(cleaned.get("shown") or "")))
            open_for = timezone.now().timestamp() - shown_at
        except (signing.BadSignature, ValueError):
            open_for = 0
        if not FASTEST_SECONDS <= open_for <= LONGEST_SECONDS and not self.errors:
            self.add_error(None, _("Everything is fine; please press the button once more."))
        return cleaned

    @property
    def is_by_a_program(self) -> bool:
        return bool(self.cleaned_data.get("website"))


def stamp(now: datetime) -> str:
    """The value of ``shown`` for a page that is made now."""
    return _form_clock.sign(str(int(now.timestamp())))


def initial_of(subscriber: Subscriber) -> dict[str, Any]:
    """The present wishes of ``subscriber`` as a form's initial values."""
    return {
        "topics": list(subscriber.topics.values_list("slug", flat=True)),
        **{
            name: getattr(subscriber, name)
            for name in ("language", "time_zone", "hour", "cadence", "weekday", "size")
        },
    }
