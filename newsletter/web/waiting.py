"""Why a day has no edition, for a reader who looks: in the language of the page."""

from datetime import UTC, datetime, timedelta

from django.db.models import Exists
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.archive.empty_days import Cause, EmptyDay, empty_days
from newsletter.models import Edition, IntakeDay
from newsletter.models.states import Source
from newsletter.rendering.layout import DayWithoutPapers
from newsletter.rendering.phrases import phrases
from newsletter.web.pages import page_language

AT_WORK_DAYS = 7  # a service that took nothing in for so long shows no such sentence
# A few words for the calendar; the list below it has the sentence.
_SHORT: dict[Cause, Promise] = {
    Cause.WEEKEND: gettext_lazy("Weekend"),
    Cause.HOLIDAY: gettext_lazy("Holiday"),
    Cause.NOT_YET: gettext_lazy("Not announced yet"),
    Cause.LATE: gettext_lazy("arXiv is late"),
    Cause.FAILED: gettext_lazy("Could not be fetched"),
    Cause.NOTHING_ANNOUNCED: gettext_lazy("Nothing announced"),
    Cause.IN_PREPARATION: gettext_lazy("In preparation"),
    Cause.NOT_RELEASED: gettext_lazy("No edition"),
    Cause.UNKNOWN: gettext_lazy("No edition"),
}


def why_no_edition(now: datetime) -> str:
    """One sentence where today's edition is missing; empty where it is ready or nothing is taken in. At most
    two queries.
    """
    today = now.astimezone(UTC).date()
    taken = IntakeDay.objects.filter(source=Source.ARXIV, day__gte=today - timedelta(days=AT_WORK_DAYS))
    is_ready = Exists(Edition.objects.ready().filter(day=today))
    rows = list(taken.annotate(is_ready=is_ready).values_list("day", "state", "is_ready"))
    if not rows or rows[0][2]:
        return ""
    states = {day: state for day, state, _is_ready in rows}
    empty = empty_days([today], now=now, states=states)[today]
    words = phrases(page_language())
    following = words.day(empty.next_day)
    if empty.cause == Cause.HOLIDAY:
        none_today = DayWithoutPapers(today, empty.holiday, is_today=True).sentence(words.language.code)
        gap = "" if words.language.full_stop == "。" else " "
        return f"{none_today}{gap}{words.say('calendar.next', day=following)}"
    sentences = {
        Cause.WEEKEND: _("arXiv announces no papers at weekends. The next ones are those of {day}."),
        Cause.NOT_YET: _("arXiv has not announced the papers of {day} yet."),
        Cause.LATE: _("arXiv is late: the papers of {day} are not there yet. We keep looking."),
        Cause.FAILED: _("The papers of {day} could not be fetched from arXiv. We will try again."),
        Cause.IN_PREPARATION: _("Today’s papers have arrived; the edition is being prepared."),
    }
    return sentences[empty.cause].format(day=following)


def why_empty(empty: EmptyDay) -> str:
    """One sentence on a day that lists nothing, without its date."""
    sentences = {
        Cause.WEEKEND: _("arXiv announces no papers at weekends."),
        Cause.HOLIDAY: _("arXiv announced no papers because it observed {holiday}."),
        Cause.NOT_YET: _("arXiv has not announced the papers of this day yet."),
        Cause.LATE: _("arXiv is late: the papers of this day are not there yet."),
        Cause.FAILED: _("The papers of this day could not be fetched from arXiv."),
        Cause.NOTHING_ANNOUNCED: _("arXiv announced no new papers on this day."),
        Cause.IN_PREPARATION: _("The papers have arrived; the edition is being prepared."),
        Cause.NOT_RELEASED: _("Papers arrived, but no edition of this day was released."),
        Cause.UNKNOWN: _("No edition of this day was released."),
    }
    words = phrases(page_language())
    holiday = words.say(f"holiday.{empty.holiday}") if empty.holiday else ""
    return sentences[empty.cause].format(holiday=holiday)


def why_empty_in_short(empty: EmptyDay) -> str:
    """The same in a few words; a holiday's name."""
    if empty.holiday:
        return phrases(page_language()).say(f"holiday.{empty.holiday}")
    return str(_SHORT[empty.cause])
