"""Which papers are read in depth, and in which languages readings are wanted."""

from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q

from newsletter.day_rules import current_rules
from newsletter.languages import LANGUAGES
from newsletter.models import Demand, Entry, Paper, Reading

State = Reading.State


def choose(day: date, *, now: datetime) -> int:
    """Want readings of the papers of ``day`` that an editor pinned or enough readers voted for.

    Never more in all than the settings of the day say, an editor's wishes among them; returns how many
    are new.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    taken = Reading.objects.filter(wanted_at__gte=midnight).count()
    rules = current_rules()
    room = max(0, rules.readings_a_day - taken)
    pinned = Entry.objects.filter(edition__day=day, is_pinned=True, paper=OuterRef("pk"))
    candidates = Paper.objects.filter(
        Q(Exists(pinned))
        | Q(votes__gte=rules.reading_min_votes, pk__in=Paper.objects.announced_on(day).values("pk")),
        is_withdrawn=False,
        reading__isnull=True,
    )
    ranked = candidates.annotate(is_pinned=Exists(pinned)).order_by("-is_pinned", "-votes", "pk")[:room]
    new = 0
    pinned_ids = set(
        Entry.objects.filter(edition__day=day, is_pinned=True).values_list("paper_id", flat=True)
    )
    for paper in ranked:
        chosen = Reading.Chosen.EDITOR if paper.pk in pinned_ids else Reading.Chosen.VOTES
        new += want(paper, chosen=chosen, now=now)
    return new


def want(paper: Paper, *, chosen: str = Reading.Chosen.EDITOR, now: datetime) -> bool:
    """Make sure that ``paper`` is read in depth in its present version; True if that is new work.

    What an editor hid stays as it is.
    """
    row, is_new = Reading.objects.get_or_create(
        paper=paper, defaults={"chosen": chosen, "wanted_at": now, "paper_version": paper.version}
    )
    if is_new:
        return True
    return bool(
        Reading.objects.filter(pk=row.pk)
        .exclude(state__in=(State.CLAIMED, State.HIDDEN))
        .filter(Q(paper_version__lt=paper.version) | Q(state__in=(State.FAILED, State.HELD)))
        .update(
            state=State.WANTED,
            paper_version=paper.version,
            retry_at=None,
            attempts_count=0,
            reason="",
            wanted_at=now,
        )
    )


def renew(now: datetime) -> int:
    """Readings of papers that have a newer version since are wanted again; returns how many."""
    outdated = Reading.objects.filter(
        state__in=(State.READY, State.HELD), paper__version__gt=F("paper_version")
    )
    return sum(want(row.paper, now=now) for row in outdated.select_related("paper"))


def wanted_languages() -> list[str]:
    """The languages that readers in use have, English apart: the facts are English."""
    codes = Demand.objects.filter(readers__gt=0).values_list("language", flat=True).distinct()
    return sorted(code for code in codes if code in LANGUAGES and code != "en")
