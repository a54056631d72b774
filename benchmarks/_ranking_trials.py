"""Trials of orders on recorded choices: who submitted papers of a day, and what did they submit before?

The papers of a day are the candidates, one person's submissions of the day what that person chose, and all
earlier ones that person's likes, learned vote by vote as the product learns them. Candidates are Hugging
Face's papers of the day (``hf``), or these and all that cs announced besides (``cs``).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import numpy.typing as npt

from benchmarks._ranking_corpus import Counted, MemoryCorpus
from benchmarks._ranking_records import Day
from benchmarks._ranking_rivals import Svm, tfidf, tfidf_authors
from benchmarks._ranking_statistics import ndcg
from newsletter.features.matrix import Features
from subscriptions.taste.profile import Lesson, TasteProfile, learn
from subscriptions.taste.scoring import combine, score

MOST_LIKES = 400  # who submitted more lists everything and chooses nothing
FEWEST_CHOICES = 5  # of a day
LARGE_DAY = 100  # papers of cs, from which on a listing is a whole day's
LATEST = (1, 3, 5, 10)
WITH_SVM = ("all", "fresh", "purged")

Chosen = frozenset[int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """NDCG@10 of each method in one trial. ``kind`` is which of the person's likes counted:

    * ``all``: all of them, ``likes`` many; ``latest_N``: the latest alone
    * ``fresh``: all, where none shares an author with what was chosen
    * ``purged``: those that share no author with what was chosen
    * ``not_own``: all, and of what was chosen those papers that the person did not write
    """

    pool: str
    kind: str
    person: str
    likes: int
    values: Mapping[str, float]


@dataclass(slots=True)
class Person:
    """What a person liked so far, and the profile that was learned from it."""

    lessons: list[Lesson]
    profile: TasteProfile

    def like(self, lesson: Lesson) -> None:
        """Learn one more like."""
        self.lessons.append(lesson)
        self.profile = learn(self.profile, lesson)


@dataclass(frozen=True, slots=True)
class Trial:
    """One ranking: by which likes, and which places among the candidates should stand first."""

    kind: str
    person: str
    lessons: Sequence[Lesson]
    profile: TasteProfile
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of a day; ``prior`` is what is known of all of them without a reader."""

    name: str
    numbers: Sequence[int]
    features: Features
    prior: npt.NDArray[np.float32]
    ties: npt.NDArray[np.float64]


def people_are_tried(days: Sequence[Day], since: str, *, every: int = 1) -> Iterator[Outcome]:
    """The outcomes of trials on every ``every``-th day from ``since`` on; earlier days are learned from."""
    corpus = MemoryCorpus(Counted())
    people: dict[str, Person] = defaultdict(lambda: Person([], TasteProfile()))
    place = 0
    for day in days:
        corpus.take_in([*day.others, *day.choices])
        if day.day >= since and len(day.choices) >= FEWEST_CHOICES:
            if place % every == 0:
                yield from tried_on(day, corpus, people)
            place += 1
        learn_choices(day, corpus, people)


def learn_choices(day: Day, corpus: MemoryCorpus, people: Mapping[str, Person]) -> None:
    """What the people of a day chose is what they like from then on."""
    for paper in day.choices:
        if paper.chosen_by:
            people[paper.chosen_by].like(corpus.lesson(corpus.numbers[paper.id]))


def tried_on(
    day: Day, corpus: MemoryCorpus, people: Mapping[str, Person], *, kinds: Sequence[str] = ()
) -> Iterator[Outcome]:
    """The outcomes of one day's trials, of those ``kinds`` alone if some are named."""
    trials = [trial for trial in _trials(day, corpus, people) if not kinds or trial.kind in kinds]
    if not trials:
        return
    svm = Svm(corpus) if any(trial.kind in WITH_SVM for trial in trials) and not kinds else None
    for pool in _pools(day, corpus):
        parts = score([trial.profile for trial in trials], pool.features)
        for row, trial in enumerate(trials):
            own = parts.of(row)
            unnamed = replace(own, author=np.zeros_like(own.author))
            orders = {
                "ours": combine(own, trial.profile, pool.prior),
                "ours_without_authors": combine(unnamed, trial.profile, pool.prior),
                "no_likes": combine(own, TasteProfile(), pool.prior),
                **_rivals(trial, pool, corpus, svm),
            }
            yield Outcome(
                pool.name,
                trial.kind,
                trial.person,
                len(trial.lessons),
                {name: ndcg(scores, trial.chosen, pool.ties) for name, scores in orders.items()},
            )


def _rivals(
    trial: Trial, pool: Pool, corpus: MemoryCorpus, svm: Svm | None
) -> dict[str, npt.NDArray[np.floating]]:
    vectors = [lesson.vector for lesson in trial.lessons]
    names = [corpus.names[lesson.paper - 1] for lesson in trial.lessons]
    orders: dict[str, npt.NDArray[np.floating]] = {
        "random": np.zeros(len(pool.numbers)),
        "tfidf": tfidf(vectors, pool.features),
        "tfidf_authors": tfidf_authors(vectors, names, pool.features),
    }
    if pool.name == "hf":
        orders["votes"] = pool.prior
    if svm and trial.kind in WITH_SVM:
        orders["svm"] = svm.scores([lesson.paper for lesson in trial.lessons], vectors, pool.features)
    return orders


def _pools(day: Day, corpus: MemoryCorpus) -> Iterator[Pool]:
    chance = np.random.default_rng(crc32(day.day.encode()))
    numbers = [corpus.numbers[paper.id] for paper in day.choices]
    votes = np.log1p([paper.votes for paper in day.choices]).astype(np.float32)
    yield Pool("hf", numbers, corpus.features(numbers), votes, chance.random(len(numbers)))
    if len(day.others) >= LARGE_DAY:
        numbers = [*numbers, *(corpus.numbers[paper.id] for paper in day.others)]
        # Votes are recorded of Hugging Face's papers alone: here they would tell which papers these are.
        prior = np.zeros(len(numbers), np.float32)
        yield Pool("cs", numbers, corpus.features(numbers), prior, chance.random(len(numbers)))


def _trials(day: Day, corpus: MemoryCorpus, people: Mapping[str, Person]) -> Iterator[Trial]:
    chosen: dict[str, set[int]] = defaultdict(set)
    for place, paper in enumerate(day.choices):
        if paper.chosen_by in people and 0 < len(people[paper.chosen_by].lessons) < MOST_LIKES:
            chosen[paper.chosen_by].add(place)
    for name, places in chosen.items():
        person, right = people[name], frozenset(places)
        lessons = list(person.lessons)
        yield Trial("all", name, lessons, person.profile, right)
        others = frozenset(place for place in places if not day.choices[place].is_own)
        if others:
            yield Trial("not_own", name, lessons, person.profile, others)
        theirs = np.concatenate([corpus.names[corpus.numbers[day.choices[place].id] - 1] for place in places])
        kept = [one for one in lessons if not np.isin(corpus.names[one.paper - 1], theirs).any()]
        if len(kept) == len(lessons):
            yield Trial("fresh", name, lessons, person.profile, right)
        if kept:
            yield Trial("purged", name, kept, _learned(person, kept), right)
        for count in LATEST:
            if len(lessons) >= count:
                latest = lessons[-count:]
                yield Trial(f"latest_{count}", name, latest, _learned(person, latest), right)


def _learned(person: Person, lessons: Sequence[Lesson]) -> TasteProfile:
    """The profile of some of a person's likes."""
    if len(lessons) == len(person.lessons):
        return person.profile
    profile = TasteProfile()
    for lesson in lessons:
        profile = learn(profile, lesson)
    return profile


def first_weeks_are_tried(days: Sequence[Day], since: str, *, every: int = 4) -> Iterator[Outcome]:
    """Trials by the latest like alone in installations that began at most a week ago with an empty corpus:
    one that begins every ``every`` weeks.
    """
    counted = Counted()
    starts = [place for place, day in enumerate(days) if day.day >= since and len(day.choices)]
    for start in starts[:: 5 * every]:
        corpus = MemoryCorpus(counted)
        people: dict[str, Person] = defaultdict(lambda: Person([], TasteProfile()))
        for day in days[start : start + 7]:
            corpus.take_in([*day.others, *day.choices])
            if len(day.choices) >= FEWEST_CHOICES:
                yield from tried_on(day, corpus, people, kinds=("latest_1",))
            learn_choices(day, corpus, people)
