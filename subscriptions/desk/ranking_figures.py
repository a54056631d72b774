"""Whether ranking by taste helps, as far as votes and digests tell: nobody's opening or clicking is known.

Days and readers are counted one portion at a time. Of a large installation a sample is looked at, the same
whoever looks: so many digests a day, and so many of the readers who voted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, F
from django.db.models.functions import Mod

from lib.chunks import chunked
from subscriptions.digests.measures import Estimate, gini, sign_test, top_share, wilson
from subscriptions.models import Delivery, Subscriber, Vote
from subscriptions.models.states import TasteState
from subscriptions.picks import Pick, ReasonKind, Team

DAYS = 28
DIGESTS_A_DAY = 2000
VOTERS = 4000
AT_ONCE = 200  # readers whose digests are read together
FEWEST = 10
"""Numbers of fewer readers than this are not shown."""
_LAST_PLACE = 20


@dataclass(slots=True)
class Votes:
    """Votes up and down, and by how many readers."""

    up: int = 0
    down: int = 0
    readers: int = 0

    @property
    def is_shown(self) -> bool:
        """Whether enough readers stand behind the numbers."""
        return self.readers >= FEWEST

    @property
    def share(self) -> Estimate | None:
        """The share of votes up."""
        return wilson(self.up, self.up + self.down)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the digests of one day showed: of ``digests``, ``papers`` different ones in full.

    ``outside``: the mean share of a digest's papers that are not of its most frequent topic.
    """

    day: date
    digests: int
    papers: int
    top: float
    gini: float
    outside: float

    @property
    def is_shown(self) -> bool:
        """Whether enough readers stand behind the numbers."""
        return self.digests >= FEWEST


@dataclass(slots=True)
class VoteFigures:
    """Votes by what they were cast on. ``wins`` and ``losses`` are readers of a trial by the order they
    preferred; ``elsewhere`` counts votes on papers that no digest brought."""

    teams: dict[Team, Votes] = field(default_factory=lambda: {team: Votes() for team in Team})
    places: dict[int, Votes] = field(default_factory=dict)
    kinds: dict[ReasonKind, Votes] = field(default_factory=dict)
    days: dict[date, Votes] = field(default_factory=dict)
    elsewhere: Votes = field(default_factory=Votes)
    voters: int = 0
    trial_readers: int = 0
    wins: int = 0
    losses: int = 0

    @property
    def preference(self) -> Estimate | None:
        """The share of votes up in the trial that went to papers of the reader's own order."""
        taste, everybodys = self.teams[Team.TASTE].up, self.teams[Team.EVERYBODY].up
        return wilson(taste, taste + everybodys)

    @property
    def chance(self) -> float:
        """How likely so uneven a count of readers is where neither order is better."""
        return sign_test(self.wins, self.losses)


def taste_states() -> Counter[str]:
    """How many active readers have their taste on, off, or were not told. One query."""
    rows = Subscriber.objects.active().order_by().values_list("taste").annotate(Count("pk"))
    return Counter(dict(rows))


def readers_with_taste() -> int:
    """How many active readers have a taste that counts and was learned from votes. One query."""
    return Subscriber.objects.active().filter(taste=TasteState.ON, learned_taste__isnull=False).count()


# -- coverage -----------------------------------------------------------------------------------------------


def coverage_of(day: date) -> Coverage | None:
    """What the digests of ``day`` showed, from about :data:`DIGESTS_A_DAY` at most. Two queries."""
    rows = Delivery.objects.arrived().for_day(day).exclude(picks="")
    count = rows.count()
    if not count:
        return None
    step = -(-count // DIGESTS_A_DAY)
    sample = rows.annotate(part=Mod(F("subscriber_id"), step)).filter(part=0) if step > 1 else rows
    shown: Counter[int] = Counter()
    digests, outside = 0, 0.0
    for picks in sample.values_list("picks", flat=True).iterator(chunk_size=500):
        if picks.papers:
            digests += 1
            shown.update(pick.paper for pick in picks.papers)
            outside += _outside(picks.papers)
    if not digests:
        return None
    counts = shown.values()
    return Coverage(day, digests, len(shown), top_share(counts), gini(counts), outside / digests)


def _outside(papers: Sequence[Pick]) -> float:
    topics = Counter(
        reason.topic for pick in papers for reason in pick.reasons if reason.kind == ReasonKind.TOPIC
    )
    return 1 - min(max(topics.values(), default=0) / len(papers), 1)


# -- votes --------------------------------------------------------------------------------------------------


_Shown = tuple[int, Pick, datetime]
"""The place of a paper in a digest, why it stood there, and when that was chosen."""


def vote_figures(since: datetime, until: datetime) -> VoteFigures:
    """What was voted from ``since`` up to ``until``. Two queries for :data:`AT_ONCE` readers."""
    figures = VoteFigures()
    votes = Vote.objects.filter(at__gte=since, at__lt=until)
    voters = votes.order_by().values("subscriber").distinct()
    step = -(-voters.count() // VOTERS) or 1
    sample = voters.annotate(part=Mod(F("subscriber_id"), step)).filter(part=0) if step > 1 else voters
    ids = sorted(sample.values_list("subscriber", flat=True))
    for chunk in chunked(ids, AT_ONCE):
        by_reader: dict[int, list[Vote]] = {}
        for vote in votes.filter(subscriber__in=chunk).order_by("pk"):
            by_reader.setdefault(vote.subscriber_id, []).append(vote)
        shown = _shown_to(by_reader, since=since - timedelta(days=DAYS), until=until)
        for reader, of_reader in by_reader.items():
            _count_reader(figures, of_reader, shown.get(reader, {}))
    return figures


def _shown_to(
    by_reader: Mapping[int, Sequence[Vote]], *, since: datetime, until: datetime
) -> dict[int, dict[int, list[_Shown]]]:
    """By reader and paper voted on, where digests had the paper, the oldest first. One query."""
    wanted = {reader: {vote.paper_id for vote in votes} for reader, votes in by_reader.items()}
    shown: dict[int, dict[int, list[_Shown]]] = {}
    rows = Delivery.objects.arrived().filter(
        subscriber__in=list(by_reader), day__gte=since.date(), created_at__lt=until
    )
    columns = ("subscriber_id", "created_at", "picks")
    for reader, at, picks in rows.order_by("day").values_list(*columns).iterator(chunk_size=500):
        for place, pick in enumerate(picks.papers, 1):
            if pick.paper in wanted[reader]:
                shown.setdefault(reader, {}).setdefault(pick.paper, []).append((place, pick, at))
    return shown


def _count_reader(figures: VoteFigures, votes: Sequence[Vote], shown: Mapping[int, Sequence[_Shown]]) -> None:
    """Add one reader's votes; each number counts the reader once."""
    touched: dict[int, Votes] = {}
    balance: Counter[Team] = Counter()
    teams: set[Team] = set()
    for vote in votes:
        before = [one for one in shown.get(vote.paper_id, ()) if one[2] <= vote.at]
        for counted in _counted_in(figures, vote, before[-1] if before else None):
            counted.up += vote.value > 0
            counted.down += vote.value < 0
            touched[id(counted)] = counted
        team = before[-1][1].team if before else None
        if team is not None:
            teams.add(team)
            balance[team] += vote.value
    for counted in touched.values():
        counted.readers += 1
    figures.voters += 1
    figures.trial_readers += bool(teams)
    figures.wins += balance[Team.TASTE] > balance[Team.EVERYBODY]
    figures.losses += balance[Team.TASTE] < balance[Team.EVERYBODY]


def _counted_in(figures: VoteFigures, vote: Vote, shown: _Shown | None) -> Iterator[Votes]:
    yield figures.days.setdefault(vote.at.date(), Votes())
    if shown is None:
        yield figures.elsewhere
        return
    place, pick, _ = shown
    yield figures.places.setdefault(min(place, _LAST_PLACE), Votes())
    for kind in {reason.kind for reason in pick.reasons}:
        yield figures.kinds.setdefault(kind, Votes())
    if pick.team is not None:
        yield figures.teams[pick.team]
