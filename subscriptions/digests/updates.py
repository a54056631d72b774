"""Notable new versions of papers that a reader was sent, for readers who asked to be told of them, and of
single papers that a reader follows.

A version is announced once: only if it came after the digest that last had the paper, which is in the ledger,
and after the reader began to follow it.
New papers come first: an update takes at most a third of a digest, and makes one of its own only when it has
waited in vain for a day.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from newsletter.models import PaperVersion
from subscriptions.models import Delivery, FollowedPaper, Subscriber
from subscriptions.picks import Pick, Reason, Wish, for_followed, for_update

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
    is_followed: bool = False


@dataclass(frozen=True, slots=True)
class VersionNews:
    """What is new for a batch of readers: notable ``versions`` by paper; by reader and paper, when it was
    ``sent`` and since when it is ``followed``.
    """

    versions: Mapping[int, tuple[NotableVersion, ...]]
    sent: Mapping[int, Mapping[int, Sent]]
    followed: Mapping[int, Mapping[int, datetime]]

    def updates_of(
        self, reader: Subscriber, *, wishes: Collection[Wish], refused: Collection[int]
    ) -> list[Update]:
        """The updates of one reader (:func:`updates_for`); of followed papers alone if that is all."""
        followed = self.followed.get(reader.pk, {})
        sent = self.sent.get(reader.pk, {})
        if not reader.wants_updates:
            sent = {paper: before for paper, before in sent.items() if paper in followed}
        if not sent and not followed:
            return []
        return updates_for(self.versions, sent, followed=followed, wishes=wishes, refused=refused)


def load_news(readers: Sequence[Subscriber], *, now: datetime, today: date) -> VersionNews:
    """What is new for ``readers``. One query where nobody is to hear of versions, else three."""
    followed = load_followed([reader.pk for reader in readers], now=now)
    told = [reader.pk for reader in readers if reader.wants_updates or reader.pk in followed]
    versions = load_versions(now) if told else {}
    return VersionNews(versions, load_sent(told, versions, today=today) if versions else {}, followed)


def load_followed(readers: Collection[int], *, now: datetime) -> dict[int, dict[int, datetime]]:
    """Since when ``readers`` follow papers with a fresh notable version, by reader and paper. One query."""
    rows = FollowedPaper.objects.filter(
        subscriber__in=list(readers),
        paper__versions__is_notable=True,
        paper__versions__seen_at__gt=now - timedelta(days=FRESH_DAYS),
    )
    followed: dict[int, dict[int, datetime]] = {}
    for reader, paper, at in rows.values_list("subscriber_id", "paper_id", "at"):
        followed.setdefault(reader, {})[paper] = at
    return followed


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
    followed: Mapping[int, datetime],
    wishes: Collection[Wish],
    refused: Collection[int],
) -> list[Update]:
    """The updates of one reader, those that wait longest first.

    ``followed`` papers are told of whatever the reader's wishes are, from when each was followed. ``wishes``
    are the topics and queries that the reader follows: what was sent for another is no wish any more.
    ``refused`` papers are left out.
    """
    updates = []
    for paper in versions.keys() & (sent.keys() | followed.keys()) - set(refused):
        before, is_followed = sent.get(paper), paper in followed
        known = [*([before.at] if before else []), *([followed[paper]] if is_followed else [])]
        newer = [version for version in versions[paper] if version.seen_at > max(known)]
        reasons = [reason for reason in (before.reasons if before else ()) if reason.wish in wishes]
        if newer and (reasons or is_followed):
            newest = max(newer, key=lambda version: version.number)
            updates.append(Update(paper, newest, reasons, is_followed=is_followed))
    return sorted(updates, key=lambda update: (update.version.seen_at, update.paper))


def most_beside_new(size: int) -> int:
    """How many updates a digest of ``size`` papers may have beside new papers."""
    return 0 if size < 2 else max(1, size // SHARE)


def may_go_alone(updates: Sequence[Update], *, now: datetime) -> bool:
    """Whether one of them has waited long enough for a digest without new papers."""
    return any(now - update.version.seen_at >= ALONE_AFTER for update in updates)


def pick_of(update: Update) -> Pick:
    """The paper of an update: that there is a new version, then why the reader had it before."""
    because = for_followed if update.is_followed else for_update
    return Pick(update.paper, (because(update.version.number), *update.reasons))
