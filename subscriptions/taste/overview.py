"""What was learned of one reader, in words: for the reader alone.

Names and words are read from the papers that they were learned from; the profile itself holds numbers. A
constant number of queries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max

from newsletter.features.names import author_key
from newsletter.features.terms import spell
from newsletter.models import Paper, PaperAuthor
from newsletter.rendering.texts import clean
from subscriptions.models import Subscriber, TasteOverride, Vote
from subscriptions.taste.learning import profiles_of
from subscriptions.taste.profile import TasteProfile

MOST_AUTHORS = 50
MOST_TERMS = 30
MOST_NEAR = 12
MOST_VOTES = 200

Kind = TasteOverride.Kind
Stance = TasteOverride.Stance


@dataclass(frozen=True, slots=True)
class Learned:
    """One thing that was learned: an author or a term.

    ``key`` names it among its ``kind``, as in :class:`~subscriptions.models.TasteOverride`. ``share`` is how
    much it weighs, in per cent of the heaviest of its list. ``times`` is on how many liked papers an author
    stands. ``via`` is the liked author with whom one wrote.
    """

    kind: str
    key: str
    label: str
    share: int
    times: int = 0
    via: str = ""

    @property
    def name(self) -> str:
        """What a form calls it: ``author:123``."""
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, slots=True)
class Overview:
    """All that was learned of a reader, the heaviest first, and what the reader said of it.

    ``votes`` are the newest, ``older_votes`` how many there are besides.
    """

    authors: Sequence[Learned] = ()
    terms: Sequence[Learned] = ()
    near: Sequence[Learned] = ()
    votes: Sequence[Vote] = ()
    older_votes: int = 0
    fewer: Sequence[TasteOverride] = ()
    forgotten: Sequence[TasteOverride] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.learned or self.votes or self.fewer or self.forgotten)

    @property
    def learned(self) -> dict[str, Learned]:
        """Everything that can be taken out, by its name in a form."""
        return {learned.name: learned for learned in (*self.authors, *self.terms, *self.near)}

    @property
    def liked(self) -> list[Vote]:
        """The papers that the reader liked, the newest vote first."""
        return [vote for vote in self.votes if vote.value > 0]

    @property
    def disliked(self) -> list[Vote]:
        """The papers that the reader wanted less of."""
        return [vote for vote in self.votes if vote.value < 0]


def overview_of(subscriber: Subscriber, *, is_whole: bool = False) -> Overview:
    """What was learned of ``subscriber``: the heaviest, or with ``is_whole`` all of it."""
    all_votes = Vote.objects.filter(subscriber=subscriber)
    votes = list(all_votes.select_related("paper").order_by("-at", "-pk")[: MOST_VOTES + 1])
    older = all_votes.count() - MOST_VOTES if len(votes) > MOST_VOTES else 0
    overrides = list(TasteOverride.objects.filter(subscriber=subscriber).order_by("-at", "-pk"))
    profile = profiles_of([subscriber.pk]).get(subscriber.pk, TasteProfile())
    papers = Paper.objects.only("title", "abstract", "authors").in_bulk(
        {*profile.authors.papers.tolist(), *profile.sources.tolist()} - {0}
    )
    authors = _authors(profile, papers)
    return Overview(
        authors=authors[: None if is_whole else MOST_AUTHORS],
        terms=_terms(profile, papers, most=None if is_whole else MOST_TERMS),
        near=_near(
            profile,
            {int(author.key): author.label for author in authors},
            most=None if is_whole else MOST_NEAR,
        ),
        votes=votes[:MOST_VOTES],
        older_votes=older,
        fewer=[override for override in overrides if override.stance == Stance.FEWER],
        forgotten=[override for override in overrides if override.stance == Stance.FORGET],
    )


def _authors(profile: TasteProfile, papers: Mapping[int, Paper]) -> list[Learned]:
    names: dict[int, str] = {}
    liked = zip(
        *(profile.authors.keys.tolist(), profile.authors.times.tolist(), profile.authors.papers.tolist()),
        strict=True,
    )
    # The profile has the author who was liked last at its end.
    heaviest = sorted(enumerate(liked), key=lambda one: (-one[1][1], -one[0]))
    most = max(profile.authors.times.tolist(), default=1.0)
    learned = []
    for _, (key, times, paper) in heaviest:
        if key not in names and paper in papers:
            names.update({author_key(name): name for name in papers[paper].authors})
        if key in names:
            learned.append(
                Learned(
                    *(Kind.AUTHOR.value, str(key), clean(names[key]), _share(times, most)),
                    times=round(times),
                )
            )
    return learned


def _terms(profile: TasteProfile, papers: Mapping[int, Paper], *, most: int | None) -> list[Learned]:
    weights = profile.like.weights.tolist()
    rows = zip(profile.like.terms.tolist(), weights, profile.sources.tolist(), strict=True)
    heaviest = sorted((row for row in rows if row[1] > 0), key=lambda row: (-row[1], row[0]))
    heaviest_weight = max(weights, default=1.0)
    learned: list[Learned] = []
    for bucket, weight, source in heaviest:
        paper = papers.get(source)
        text = spell(bucket, paper.title, paper.abstract) if paper is not None else ""
        if text:
            learned.append(Learned(Kind.TERM.value, str(bucket), text, _share(weight, heaviest_weight)))
        if len(learned) == most:
            break
    return learned


def _near(profile: TasteProfile, liked_names: Mapping[int, str], *, most: int | None) -> list[Learned]:
    """Who wrote with a liked author: their names stand on papers that were never voted on."""
    keys, liked = profile.near.keys.tolist(), profile.authors.keys.tolist()
    rows = zip(keys, profile.near.weights.tolist(), profile.near.via.tolist(), strict=True)
    heaviest = sorted(rows, key=lambda row: (-row[1], row[0]))[:most]
    names = _names_of([key for key, _, _ in heaviest])
    heaviest_weight = max((weight for _, weight, _ in heaviest), default=1.0)
    return [
        Learned(
            *(Kind.AUTHOR.value, str(key), clean(names[key]), _share(weight, heaviest_weight)),
            via=liked_names.get(liked[via], ""),
        )
        for key, weight, via in heaviest
        if key in names and weight > 0
    ]


def _names_of(keys: Sequence[int]) -> dict[int, str]:
    """How the names with these keys are written on the newest paper of each. Two queries, or none."""
    if not keys:
        return {}
    newest = PaperAuthor.objects.filter(author__in=keys).order_by().values_list("author")
    numbers = {number for _, number in newest.annotate(Max("number"))}
    rows = Paper.objects.filter(features__number__in=numbers).values_list("authors", flat=True)
    wanted = frozenset(keys)
    return {key: name for names in rows for name in names if (key := author_key(name)) in wanted}


def _share(weight: float, most: float) -> int:
    return max(round(100 * weight / most), 1) if most > 0 else 1
