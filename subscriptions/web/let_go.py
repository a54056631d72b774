"""Digests that are not kept any more: their links say so, and lead on."""

from datetime import date, datetime, timedelta

from django.http import HttpResponse
from django.urls import reverse

from newsletter.archive.public import public_papers
from newsletter.models import Edition, MailedPaper, Paper
from subscriptions.models import Subscriber
from subscriptions.periods import current_periods
from subscriptions.readers.links import reader_links
from subscriptions.web.pages import Visit

_A_DAY = timedelta(days=1)  # readers' days are one before or after those of the server


def last_day(now: datetime) -> date:
    """The last of readers' days of which digests may have been let go by ``now``."""
    return now.date() - timedelta(days=current_periods().deliveries) + _A_DAY


def may_have_had(reader: Subscriber, day: date, *, now: datetime) -> bool:
    """Whether ``reader`` may have had a digest on ``day``, of which there is no row, and which was let go."""
    first = min(filter(None, (reader.created_at, reader.confirmed_at))).date() - _A_DAY
    if not first <= day < now.date():
        return False
    kept_since = reader.deliveries.order_by("day").values_list("day", flat=True).first()
    return day <= last_day(now) or (kept_since is not None and day < kept_since)


def may_have_had_paper(paper: Paper, *, now: datetime) -> bool:
    """Whether digests that were let go by ``now`` had ``paper``."""
    return MailedPaper.objects.filter(paper=paper, since__lte=last_day(now)).exists()


def page_of_day(visit: Visit, day: date) -> HttpResponse:
    """410 for the digest of ``day``: the archive has its papers; the reader's other digests and wishes."""
    language = visit.reader.language
    path = f"{reverse('archive')}?language={language}"
    if Edition.objects.ready().filter(day=day).exists():
        path = reverse("archive-day", args=[f"{day:%F}", language])
    links = reader_links(visit.reader.public_id, visit.reader.links_epoch)
    return visit.page("let_go", status=410, day=day, archive_path=path, preferences=links.preferences)


def page_of_paper(visit: Visit, paper: Paper) -> HttpResponse:
    """410 for the digest with ``paper``: the paper's own page, and nothing that a vote does not open."""
    is_public = public_papers().filter(pk=paper.pk).exists()
    path = reverse("paper", args=[paper.arxiv_id, visit.reader.language]) if is_public else ""
    return visit.page("let_go", status=410, paper_path=path, archive_path=reverse("archive"))
