"""The past editions: a month as a calendar and as a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext

from newsletter.archive import days
from newsletter.archive.days import DayListing
from newsletter.archive.empty_days import EmptyDay, empty_days
from newsletter.rendering.paper_rows import load_headlines
from newsletter.rendering.papers import PaperTitle
from newsletter.rendering.phrases import phrases
from newsletter.web.addresses import month_after, month_of
from newsletter.web.caching import public_page
from newsletter.web.feed_links import feeds_of_topic
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Neighbour, Placement
from newsletter.web.waiting import why_empty, why_empty_in_short, why_no_edition


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the month: what it lists and the title that leads it, or why it lists nothing."""

    day: date
    listing: DayListing | None = None
    lead: PaperTitle | None = None
    reason: str = ""
    reason_in_short: str = ""

    @property
    def is_told(self) -> bool:
        """Whether anything is said of the day."""
        return self.listing is not None or bool(self.reason)


@public_page("language", "month")
def archive(request: HttpRequest) -> HttpResponse:
    """A month as a calendar and as a list: the newest that has something, or that of ``?month=2026-04``."""
    speak(request, request.GET.get("language", ""))
    now, language = timezone.now(), page_language()
    held = days.days_held()
    this_month = now.astimezone(UTC).date().replace(day=1)
    first, last = (
        (held[0].replace(day=1), max(held[1].replace(day=1), this_month)) if held else (this_month,) * 2
    )
    asked = request.GET.get("month", "")
    newest = held[1].replace(day=1) if held else this_month
    month = month_of(asked) if asked else newest
    if not first <= month <= last:
        raise Http404  # else the months before and after go on for ever
    address_month = month if month != newest else None
    shown = _month(month, held, language=language, now=now)
    name = phrases(language).month(month)
    context = {
        "month": name,
        "weekdays": phrases(language).weekdays,
        "weeks": _weeks(shown),
        "days": [each for each in reversed(shown) if each.is_told],
        "spoken": language,
        "waiting": why_no_edition(now),
        "place": Placement(
            path=_archive_path(address_month, language),
            title=gettext("Archive: %(month)s") % {"month": name},
            description=gettext(
                "All editions of %(month)s, day by day, with the title that leads each of them."
            )
            % {"month": name},
            language=language,
            pattern=_archive_path(address_month, "{language}"),
            previous=_neighbour(month_after(month, -1), language) if month > first else None,
            following=_neighbour(month_after(month), language) if month < last else None,
            feeds=feeds_of_topic(None, language),
        ),
    }
    return render(request, "web/archive.html", context)


def _archive_path(month: date | None, language: str) -> str:
    return (
        f"/archive/?language={language}"
        if month is None
        else f"/archive/?month={month:%Y-%m}&language={language}"
    )


def _neighbour(month: date, language: str) -> Neighbour:
    return Neighbour(_archive_path(month, language), phrases(language).month(month))


def _month(month: date, held: tuple[date, date] | None, *, language: str, now: datetime) -> list[CalendarDay]:
    """Each day of ``month``; of those before the first that lists something no reason is known."""
    whole = [month + timedelta(number) for number in range((month_after(month) - month).days)]
    listings = {listing.day: listing for listing in days.day_listings(whole[0], whole[-1])}
    leads = load_headlines([listing.lead for listing in listings.values()], language)
    empty = [day for day in whole if held and day > held[0] and day not in listings]
    reasons = empty_days(empty, now=now)
    return [_calendar_day(day, listings.get(day), leads, reasons.get(day)) for day in whole]


def _calendar_day(
    day: date, listing: DayListing | None, leads: Mapping[int, PaperTitle], empty: EmptyDay | None
) -> CalendarDay:
    if listing is not None:
        return CalendarDay(day, listing, leads.get(listing.lead))
    if empty is not None:
        return CalendarDay(day, reason=why_empty(empty), reason_in_short=why_empty_in_short(empty))
    return CalendarDay(day)


def _weeks(month: Sequence[CalendarDay]) -> list[list[CalendarDay | None]]:
    """The days from Monday to Sunday, None for those of other months."""
    cells = [*[None] * month[0].day.weekday(), *month]
    cells += [None] * (-len(cells) % 7)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


urlpatterns = [path("archive/", archive, name="archive")]
