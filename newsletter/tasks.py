"""Thin tasks: look up what is due, call the stage, return its counts. Each may run twice, or late."""

import logging
from collections import Counter
from datetime import date, timedelta
from functools import partial

from celery import shared_task
from django.utils import timezone

from lib.locks import run_lock
from newsletter import stages
from newsletter.archive.related import find_related
from newsletter.channels.posting import post_due
from newsletter.day_rules import current_rules
from newsletter.editions import composition
from newsletter.errors import SourceError
from newsletter.features import corpus
from newsletter.images import pictures
from newsletter.intake import fetch_wanted, refresh_recent_votes, take_in_due
from newsletter.readings.service import read_in_depth
from newsletter.references.index import index_new
from newsletter.search import index as search_index
from newsletter.set_aside import isolating
from newsletter.summaries.kept_extracts import keep_extracts
from newsletter.summaries.service import summarise_wanted

PAPERS_A_RUN = 50_000  # of an archive from before there were keys: some ten seconds
READINGS_A_RUN = 3  # a reading takes minutes; the next run goes on

log = logging.getLogger(__name__)


@shared_task
def fetch_due() -> dict[str, int]:
    """Take in what has been announced and is not complete yet."""
    # A second run would only wait for the gate to arXiv and occupy a worker.
    with run_lock("fetch") as acquired:
        return dict(take_in_due(timezone.now())) if acquired else {}


@shared_task
def fetch_wanted_due() -> dict[str, int]:
    """Take in the papers that readers named and that are not here."""
    with run_lock("fetch_wanted") as acquired:
        if not acquired:
            return {}
        try:
            report = fetch_wanted(now=timezone.now())
        except SourceError as error:
            log.warning("The papers that readers named stay wanted: %s", error)
            return {}
    for problem in report.problems:
        log.warning("Papers that readers named: %s", problem)
    return report.counts


@shared_task
def index_papers_due() -> int:
    """Make the keys by which papers are found, for papers that have none. Returns how many papers."""
    with run_lock("index_papers") as acquired:
        return index_new(most=PAPERS_A_RUN) if acquired else 0


@shared_task
def relate_papers_due() -> dict[str, int]:
    """Find what is related to the papers that have become public."""
    with run_lock("relate_papers") as acquired:
        return find_related(now=timezone.now()).counts if acquired else {}


@shared_task
def index_search_due() -> dict[str, int]:
    """Bring the search up to date with what became public, changed or was hidden."""
    with run_lock("index_search") as acquired:
        return search_index.index_changes(now=timezone.now()).counts if acquired else {}


@shared_task
def keep_extracts_due() -> dict[str, int]:
    """Make the extracts of new papers and of those whose text changed."""
    with run_lock("keep_extracts") as acquired:
        return keep_extracts(now=timezone.now()).counts if acquired else {}


@shared_task
def refresh_votes() -> int:
    """Ask for the votes of the last days again: they change after a paper was listed."""
    return refresh_recent_votes(timezone.now())


@shared_task
def summarise_due() -> dict[str, int]:
    """Write the summaries that readers in use need and nobody is writing."""
    return summarise_wanted(now=timezone.now()).counts


@shared_task
def read_due() -> dict[str, int]:
    """Read in depth some of the papers that editors or votes chose."""
    with run_lock("readings") as acquired:
        return read_in_depth(READINGS_A_RUN, now=timezone.now()).counts if acquired else {}


@shared_task
def compose_due() -> dict[str, int]:
    """Count the words and authors of new papers; then make or complete the editions of the last days, the
    oldest first.
    """
    now = timezone.now()
    corpus.take_in_features(now=now)
    counts: Counter[str] = Counter()
    compose = partial(composition.compose, now=now)
    with isolating(stages.COMPOSING, now=now) as run:
        for report in run.each(_recent_days(now.date()), compose):
            counts.update(report.counts)
    return dict(counts)


@shared_task
def fetch_pictures_due() -> dict[str, int]:
    """Copy the pictures of the last days' editions."""
    counts: Counter[str] = Counter()
    with run_lock("pictures") as acquired:
        for day in _recent_days(timezone.now().date()) if acquired else ():
            counts.update(pictures.fetch_missing(day).counts)
    return dict(counts)


@shared_task
def approve_due() -> int:
    """Release the drafts whose approval time has come."""
    return composition.approve_by_clock(timezone.now(), hour=current_rules().approve_hour)


@shared_task
def post_channels() -> dict[str, int]:
    """Post the day to the channels whose hour has come."""
    with run_lock("channels") as acquired:
        return post_due() if acquired else {}


def _recent_days(today: date) -> list[date]:
    """The days whose editions may still gain a paper, and tomorrow's, which New York announces today."""
    return [today + timedelta(days=offset) for offset in range(-composition.LATE_DAYS, 2)]
