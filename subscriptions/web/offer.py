"""The catalogue of topics as a form offers it: by area, in the page's language, with real counts."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Max

from newsletter.models import Edition, Topic
from newsletter.topics.catalogue import load_areas
from subscriptions.models import Subscriber, Subscription

POPULAR = 3
_COUNTED_DAYS = 14
_OPEN_AREAS = 2
# How many of the newest subscriptions say what is popular, and how many readers make a topic so: what one
# reader or two follow stands on no page.
_NEWEST, _FEWEST_READERS = 20_000, 3
_POPULAR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class OfferedTopic:
    """``a_day`` is how many papers a day matched in the last two weeks' editions, 0 when nothing is known."""

    slug: str
    name: str
    a_day: int
    area: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class OfferedArea:
    """A heading and its topics. ``is_open`` shows them at once."""

    slug: str
    name: str
    topics: tuple[OfferedTopic, ...]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """``first`` are the popular topics and those that are chosen; ``areas`` have all others."""

    first: tuple[OfferedTopic, ...]
    areas: tuple[OfferedArea, ...]

    @property
    def has_counts(self) -> bool:
        """Whether it is known of any topic how many papers it brings a day."""
        return any(topic.a_day for area in self.areas for topic in area.topics)


def offer(language: str, *, chosen: Collection[str]) -> Offer:
    """All active topics, each once: a few at once, the others under their headings in the catalogue's order.

    ``chosen`` are the ticked slugs.
    """
    key = f"offer-{language}"
    areas: list[OfferedArea] | None = cache.get(key)
    if areas is None:
        areas = _look_up(language)
        cache.set(key, areas, 60)
    topics = {topic.slug: topic for area in areas for topic in area.topics}
    popular = [slug for slug in dict.fromkeys([*popular_topics(), *topics]) if slug in topics]
    first = dict.fromkeys([*popular[:POPULAR], *(slug for slug in topics if slug in chosen)])
    return Offer(
        tuple([replace(topics[slug], chosen=slug in chosen) for slug in first]),
        tuple(
            [
                replace(area, is_open=place < _OPEN_AREAS, topics=left)
                for place, area in enumerate(areas)
                if (left := tuple([topic for topic in area.topics if topic.slug not in first]))
            ]
        ),
    )


def popular_topics() -> list[str]:
    """Slugs of active topics: those that most readers chose lately, then the catalogue's order.

    Asked once an hour, of a bounded number of rows; only who confirmed counts.
    """
    slugs: list[str] | None = cache.get("popular-topics")
    if slugs is None:
        newest = Subscription.objects.filter(subscriber__state=Subscriber.State.ACTIVE).order_by("-pk")
        readers = Counter(newest.values_list("topic", flat=True)[:_NEWEST])
        counts = {topic: count for topic, count in readers.items() if count >= _FEWEST_READERS}
        active = Topic.objects.active().values_list("pk", "slug")
        slugs = [slug for topic, slug in sorted(active, key=lambda row: -counts.get(row[0], 0))]
        cache.set("popular-topics", slugs, _POPULAR_SECONDS)
    return slugs


def _look_up(language: str) -> list[OfferedArea]:
    names = {area.slug: area.name_in(language) for area in load_areas()}
    counts = papers_a_day()
    areas: dict[str, list[OfferedTopic]] = {slug: [] for slug in names}
    for topic in Topic.objects.active():
        areas.setdefault(topic.area, []).append(
            OfferedTopic(
                slug=topic.slug,
                name=topic.name_in(language),
                a_day=round(counts.get(topic.pk, 0)),
                area=topic.area,
            )
        )
    return [
        OfferedArea(slug, names.get(slug, slug), tuple(topics)) for slug, topics in areas.items() if topics
    ]


def topic_words() -> dict[str, str]:
    """Slug → what a search among the topics looks at: names in all languages and categories, folded."""
    return {
        topic.slug: " ".join([topic.slug, *map(str, topic.names.values()), *topic.categories]).casefold()
        for topic in Topic.objects.active()
    }


def papers_a_day() -> dict[int, float]:
    """Topic id → mean number of papers that matched on a day with news, over the last two weeks."""
    last = Edition.objects.aggregate(last=Max("day"))["last"]
    if last is None:
        return {}
    sums: dict[int, list[int]] = {}
    rows = Edition.objects.filter(day__gt=last - timedelta(days=_COUNTED_DAYS), candidates_count__gt=0)
    for topic, count in rows.values_list("topic", "candidates_count"):
        sums.setdefault(topic, []).append(count)
    return {topic: sum(counts) / len(counts) for topic, counts in sums.items()}
