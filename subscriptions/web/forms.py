"""What people fill in. Errors are one sentence at the field, and nothing typed is lost."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Self, cast

from django import forms
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGES
from newsletter.models import Topic
from newsletter.topics.matching.problems import PROBLEMS
from subscriptions.abuse import proofs
from subscriptions.abuse.refusals import is_refused
from subscriptions.addresses import is_role, normalise
from subscriptions.models import Subscriber
from subscriptions.models.states import Cadence, Layout
from subscriptions.readers import zones
from subscriptions.readers.queries import (
    MOST_QUERIES,
    LineError,
    distinct,
    read_authors,
    read_categories,
    read_keywords,
    taken_apart,
)
from subscriptions.readers.wishes import Wishes

LAYOUTS = [
    (Layout.BRIEF.value, _("Brief: one sentence per paper")),
    (Layout.STANDARD.value, _("Standard: three papers in detail, the rest in brief")),
    (Layout.FULL.value, _("Full: every paper in detail")),
]
SIZES = (5, 10, 15, 20, 30)
MOST_PAPERS = 50  # an import may have asked for more than the page offers
# Programs answer a form at once; a page that was open for a day and a night is fresh again after one press.
FASTEST_SECONDS = 0.4
LONGEST_SECONDS = 36 * 3600
_form_clock = signing.Signer(salt="paperpost.form")


UNPROVED = _("Your browser has not finished its short check against misuse; please press the button again.")
_ADDRESS_MESSAGES = {
    "required": _("Please enter your email address."),
    "max_length": _("This email address is too long."),
}


def _address(text: str) -> str:
    try:
        address = normalise(text)
    except InvalidInput as error:
        raise forms.ValidationError(error.message) from error
    if is_refused(address):
        raise forms.ValidationError(
            _("Addresses of this service are temporary; please use one that you keep.")
        )
    return address


def topic_slugs() -> frozenset[str]:
    """The slugs that can be followed; looked up twice a minute at most."""
    slugs = cache.get("topic-slugs")
    if slugs is None:
        slugs = frozenset(Topic.objects.active().values_list("slug", flat=True))
        cache.set("topic-slugs", slugs, 30)
    return cast("frozenset[str]", slugs)


class _Shared(forms.Field):
    """A field that all forms share: none of them changes it, and copying it costs more than asking it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


class _Text(_Shared, forms.CharField):
    """A line or more that somebody typed."""


class _Tick(_Shared, forms.BooleanField):
    """Yes or no."""


class _Topics(_Shared):
    """Slugs of topics that can be followed. However many are wrong, the database is asked once more."""

    widget = forms.MultipleHiddenInput

    @override
    def clean(self, value: Any) -> list[str]:
        wanted = dict.fromkeys(map(str, value or ()))
        if not wanted.keys() <= topic_slugs():
            cache.delete("topic-slugs")  # a topic may be younger than what we remember
            if not wanted.keys() <= topic_slugs():
                raise forms.ValidationError(_("One of the topics no longer exists; please choose again."))
        return list(wanted)


class _OneOf(_Shared):
    """One of some values, as their texts. Django's own fields of this kind copy all choices for each form."""

    def __init__(self, values: Iterable[Any], *, wrong: Any, default: Any = None) -> None:
        super().__init__(required=default is None)
        self.values = {str(value): value for value in values}
        self.wrong = wrong
        self.default = default

    @override
    def clean(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text and self.default is not None:
            return self.default
        if text not in self.values:
            raise forms.ValidationError(self.wrong)
        return self.values[text]


class WishesForm(forms.Form):
    """What a reader wants, and when: the sign-up form and the preferences share it."""

    topics = _Topics(required=False)
    language = _OneOf(LANGUAGES, wrong=_("Please choose a language."))
    time_zone = _Text(
        max_length=64,
        error_messages={
            "required": _("Please choose your time zone."),
            "max_length": _("Please choose your time zone."),
        },
    )
    hour = _OneOf(range(24), wrong=_("Please choose an hour of the day."))
    cadence = _OneOf(
        Cadence.values, wrong=_("Please choose how often you want the digest."), default=Cadence.DAILY.value
    )
    weekday = _OneOf(range(7), wrong=_("Please choose a day of the week."), default=0)
    size = _OneOf(range(1, MOST_PAPERS + 1), wrong=_("Please choose how many papers you want."), default=10)

    wants_updates = _Tick(required=False)
    layout = _OneOf(Layout.values, wrong=_("Please choose a layout."), default="")
    groups_topics = _Tick(required=False)

    keywords = _Text(required=False, max_length=4000)
    authors = _Text(required=False, max_length=2000)
    categories = _Text(required=False, max_length=1000)

    def clean_keywords(self) -> tuple[str, ...]:
        """The keywords, each once, without empty ones."""
        return _searches(read_keywords, self.cleaned_data["keywords"])

    def clean_authors(self) -> tuple[str, ...]:
        """The authors, each once, without empty ones."""
        return _searches(read_authors, self.cleaned_data["authors"])

    def clean_categories(self) -> tuple[str, ...]:
        """The categories of arXiv, each once."""
        return _searches(read_categories, self.cleaned_data["categories"])

    def clean_time_zone(self) -> str:
        """The zone, as the zone database writes it."""
        zone = zones.todays_name(str(self.cleaned_data["time_zone"]))
        if not zone:
            raise forms.ValidationError(
                _("We do not know that time zone; please check that the one shown here is yours.")
            )
        return zone

    @property
    def shown_zone(self) -> str:
        """The zone that is chosen where the form is shown: what it holds, else a guess."""
        entered = zones.todays_name(str(self["time_zone"].value() or ""))
        address = str(self.data.get("email", ""))
        return entered or zones.guess(language=str(self["language"].value() or ""), address=address)

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        own = [cleaned.get(name) or () for name in ("keywords", "authors", "categories")]
        cleaned["queries"] = distinct(*own)
        if len(cleaned["queries"]) > MOST_QUERIES:
            self.add_error("keywords", _("You can have up to 20 keywords, authors and categories in total."))
        elif not cleaned.get("topics") and not cleaned["queries"] and not self.errors:
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
            cadence=data["cadence"],
            weekday=data["weekday"],
            size=data["size"],
            queries=data["queries"],
            wants_updates=data["wants_updates"],
            layout=data["layout"],
            groups_topics=data["groups_topics"],
        )


class SignUpForm(WishesForm):
    """The form at ``/``. ``website`` is seen by programs only; ``shown`` says when the page was made.

    An address of an office is asked about once; ``shared`` repeats it, and then it is taken.
    """

    email = _Text(max_length=320, error_messages=_ADDRESS_MESSAGES)
    shared = _Text(required=False)
    website = _Text(required=False)
    shown = _Text(required=False)
    altcha = _Text(required=False)

    asks_about = ""
    is_proved = False
    since = ""  # the stamp of the page that was first shown, while it is young enough

    def clean_email(self) -> str:
        """The address as it is stored; ValidationError if no mail can go there."""
        return _address(self.cleaned_data["email"])

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        email = str(cleaned.get("email") or "")
        if is_role(email) and cleaned.get("shared") != email:
            self.asks_about = email
            self.add_error(
                "email", _("Several people may read this address. If it is yours, press the button again.")
            )
        shown = str(cleaned.get("shown") or "")
        open_for = open_seconds(shown, now=timezone.now())
        if 0 < open_for <= LONGEST_SECONDS:
            self.since = shown
        if not was_open_long_enough(open_for) and not self.errors:
            self.add_error(None, _("Everything is fine; please press the button again."))
        self.is_proved = not proofs.is_asked_for() or proofs.is_solved(str(cleaned.get("altcha") or ""))
        if not self.is_proved and not self.errors:
            self.add_error(None, UNPROVED)
        return cleaned

    @property
    def is_by_a_program(self) -> bool:
        """Whether the field was filled in that no person sees."""
        return bool(self.cleaned_data.get("website"))


def _searches(read: Callable[[str], tuple[str, ...]], text: str) -> tuple[str, ...]:
    try:
        return read(text)
    except LineError as error:
        raise forms.ValidationError(search_problem(error)) from error


def search_problem(error: LineError) -> str:
    """What is wrong with a search and in which line of several, in the language of the page."""
    problem = gettext(PROBLEMS[error.code]) % error.values if error.code in PROBLEMS else error.message
    if error.line == 1:
        return problem
    return gettext("Line %(line)s: %(problem)s") % {"line": error.line, "problem": problem}


def stamp(now: datetime) -> str:
    """The value of ``shown`` for a page that is made now."""
    return _form_clock.sign(f"{now.timestamp():.3f}")


def open_seconds(shown: str, *, now: datetime) -> float:
    """For how long the page with the stamp ``shown`` has been open; 0 for one that we did not make."""
    try:
        return now.timestamp() - float(_form_clock.unsign(shown))
    except (signing.BadSignature, ValueError):
        return 0


def was_open_long_enough(seconds: float) -> bool:
    """Whether a person may have filled the form in: not at once, and not in a page of the day before."""
    return FASTEST_SECONDS <= seconds <= LONGEST_SECONDS


def wishes_of(subscriber: Subscriber) -> Wishes:
    """The present wishes of ``subscriber``."""
    return Wishes(
        topics=tuple(subscriber.topics.values_list("slug", flat=True)),
        language=subscriber.language,
        time_zone=subscriber.time_zone,
        hour=subscriber.hour,
        cadence=subscriber.cadence,
        weekday=subscriber.weekday,
        size=subscriber.size,
        queries=tuple(subscriber.queries),
        wants_updates=subscriber.wants_updates,
        layout=subscriber.layout,
        groups_topics=subscriber.groups_topics,
    )


def fields_of(wishes: Wishes) -> dict[str, Any]:
    """Wishes as a form's initial values. Who did not choose a layout sees the operator's."""
    values = {**wishes.as_json(), **asdict(taken_apart(wishes.queries))}
    return values | {"layout": wishes.layout or settings.DIGEST_LAYOUT}


def initial_of(subscriber: Subscriber) -> dict[str, Any]:
    """The present wishes of ``subscriber`` as a form's initial values."""
    return fields_of(wishes_of(subscriber))


class PauseForm(forms.Form):
    """Until when nothing is sent: the reader's own date, from tomorrow to a year from now."""

    until = forms.DateField(
        error_messages={
            "required": _("Please choose a date."),
            "invalid": _("Please write the date as YEAR-MONTH-DAY, for example 2027-01-31."),
        },
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, *arguments: Any, today: date, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.first, self.last = today + timedelta(days=1), today + timedelta(days=366)

    def clean_until(self) -> date:
        """The last day of the pause; ValidationError outside the days that are offered."""
        until: date = self.cleaned_data["until"]
        if not self.first <= until <= self.last:
            raise forms.ValidationError(_("Please choose a date between tomorrow and a year from now."))
        return until


class AddressForm(forms.Form):
    """Where the digest should go instead."""

    email = _Text(max_length=320, error_messages=_ADDRESS_MESSAGES)

    def clean_email(self) -> str:
        """The address as it is stored; ValidationError if no mail can go there."""
        return _address(self.cleaned_data["email"])
