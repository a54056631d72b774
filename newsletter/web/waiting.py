"""Why there is no edition of today yet, for a reader who looks: in the language of the page."""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from newsletter.arxiv import calendar
from newsletter.arxiv.calendar import EmptyCause
from newsletter.models import Announcement, Edition, IntakeDay
from newsletter.models.states import IntakeState, Source
from newsletter.rendering.layout import DayWithoutPapers
from newsletter.rendering.phrases import phrases
from newsletter.web.pages import page_language

AT_WORK_DAYS = 7  # a service that took nothing in for so long shows no such sentence


def why_no_edition(now: datetime) -> str:
    """One sentence where today's edition is missing; empty where it is ready or nothing is taken in."""
    today = now.astimezone(UTC).date()
    taken = IntakeDay.objects.filter(source=Source.ARXIV)
    if (
        Edition.objects.ready().filter(day=today).exists()
        or not taken.filter(day__gte=today - timedelta(days=AT_WORK_DAYS)).exists()
    ):
        return ""
    if Announcement.objects.filter(day=today, kind__in=Announcement.Kind.news()).exists():
        return _("Today’s papers have arrived; the edition is being prepared.")
    has_failed = taken.filter(day=today, state=IntakeState.FAILED).exists()
    reason = calendar.why_empty(today, now=now, source_failed=has_failed)
    if reason is None:
        return ""
    words = phrases(page_language())
    following = words.day(reason.next_day)
    if reason.cause == EmptyCause.HOLIDAY:
        none_today = DayWithoutPapers(reason.day, reason.holiday, is_today=True).sentence(words.language.code)
        gap = "" if words.language.full_stop == "。" else " "
        return f"{none_today}{gap}{words.say('calendar.next', day=following)}"
    sentences = {
        EmptyCause.WEEKEND: _("arXiv announces no papers at weekends. The next ones are those of {day}."),
        EmptyCause.NOT_YET: _("arXiv has not announced the papers of {day} yet."),
        EmptyCause.SOURCE_LATE: _("arXiv is late: the papers of {day} are not there yet. We keep looking."),
        EmptyCause.SOURCE_FAILED: _(
            "The papers of {day} could not be fetched from arXiv. We will try again."
        ),
    }
    return sentences[reason.cause].format(day=following)
