"""Notable new versions of papers that a reader was sent, for readers who asked to be told of them.

A version is announced once: only if it came after the digest that last had the paper, which is in the ledger.
New papers come first: an update takes at most a third of a digest, and makes one of its own only when it has
waited in vain for a day.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from newsletter.models import PaperVersion
from subscriptions.models import Delivery
from subscriptions.picks import Pick, Reason, Wish, for_update

FRESH_DAYS = 14
"""For so many days a new version may be announced: that is two weekly digests."""
SENT_DAYS = 60
"""How far back a paper counts as sent. Every digest of that time is read for every reader who asked for
updates."""
SHARE = 3
"""An update takes at most one of so many places of a digest."""
ALONE_AFTER = timedelta(hours=20)
"""After so long an update goes out without a new paper beside it: the day's edition has come by then."""


@dataclass(frozen=True, slots=True)
class NotableVersion:
    """A notable version of a paper, and when it was taken in."""

    number: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A paper stood in a reader's digest, in full: when that was chosen, and why."""

    at: datetime
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Update:
    """What a reader is to hear of: the newest notable version of ``paper``, and the old reasons that hold."""

    paper: int
    version: NotableVersion
    reasons: Sequence[Reason]


def load_versions(now: datetime) -> dict[int, tuple[NotableVersion, ...]]:
    """The notable versions of the last days by paper, the oldest first. One query."""
    rows = PaperVersion.objects.filter(
        is_notable=True,
        seen_at__gt=now - timedelta(days=FRESH_DAYS),
        seen_at__lte=now,
        paper__is_withdrawn=False,
    ).order_by("seen_at", "version")
    versions: dict[int, tuple[NotableVersion, ...]] = {}
    for paper, number, seen_at in rows.values_list("paper_id", "version", "seen_at"):
        versions[paper] = (*versions.get(paper, ()), NotableVersion(number, seen_at))
    return versions


def load_sent(
    readers: Collection[int], papers: Collection[int], *, today: date
) -> dict[int, dict[int, Sent]]:
    """When each of ``readers`` last had which of ``papers`` in full, by reader and paper. One query."""
    rows = Delivery.objects.arrived().filter(
        subscriber__in=list(readers), day__gte=today - timedelta(days=SENT_DAYS)
    )
    sent: dict[int, dict[int, Sent]] = {}
    columns = ("subscriber_id", "created_at", "picks")
    for reader, at, picks in rows.order_by("created_at").values_list(*columns):
        for pick in picks.papers:
            if pick.paper in papers:
                sent.setdefault(reader, {})[pick.paper] = Sent(at, pick.reasons)
    return sent


def updates_for(
    versions: Mapping[int, tuple[NotableVersion, ...]],
    sent: Mapping[int, Sent],
    *,
    wishes: Collection[Wish],
    refused: Collection[int],
) -> list[Update]:
    """The updates of one reader, those that wait longest first.

    ``wishes`` are the topics and queries that the reader follows: what was sent for another is no wish any
    more. ``refused`` papers are left out.
    """
    updates = []
    for paper in versions.keys() & sent.keys() - set(refused):
        before = sent[paper]
        newer = [version for version in versions[paper] if version.seen_at > before.at]
        reasons = [reason for reason in before.reasons if reason.wish in wishes]
        if newer and reasons:
            updates.append(Update(paper, max(newer, key=lambda version: version.number), reasons))
    return sorted(updates, key=lambda update: (update.version.seen_at, update.paper))


def most_beside_new(size: int) -> int:
    """How many updates a digest of ``size`` papers may have beside new papers."""
    return 0 if size < 2 else max(1, size // SHARE)


def may_go_alone(updates: Sequence[Update], *, now: datetime) -> bool:
    """Whether one of them has waited long enough for a digest without new papers."""
    return any(now - update.version.seen_at >= ALONE_AFTER for update in updates)


def pick_of(update: Update) -> Pick:
    """The paper of an update: that there is a new version, then why the reader had it before."""
    return Pick(update.paper, (for_update(update.version.number), *update.reasons))
