"""The catalogue of topics as a form offers it: by area, in the page's language, with real counts."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Max

from newsletter.models import Edition, Topic
from newsletter.topics.catalogue import load_areas

_COUNTED_DAYS = 14
_OPEN_AREAS = 2


@dataclass(frozen=True, slots=True)
class OfferedTopic:
    """``a_day`` is how many papers a day matched in the last two weeks' editions, 0 when nothing is known.

    ``words`` is what a search box searches: its names in all languages, categories and slug, folded.
    """

    slug: str
    name: str
    words: str
    a_day: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class OfferedArea:
    """A heading and its topics. ``is_open`` shows them at once: the first areas, and those with a tick."""

    name: str
    topics: tuple[OfferedTopic, ...]
    is_open: bool = False


def offered_areas(language: str, *, chosen: Collection[str]) -> list[OfferedArea]:
    """All active topics under their headings, in the catalogue's order. ``chosen`` are the ticked slugs."""
    key = f"offer-{language}"
    offered: list[OfferedArea] | None = cache.get(key)
    if offered is None:
        offered = _look_up(language)
        cache.set(key, offered, 60)
    return [
        OfferedArea(
            name=area.name,
            topics=tuple(replace(topic, chosen=topic.slug in chosen) for topic in area.topics),
            is_open=place < _OPEN_AREAS or any(topic.slug in chosen for topic in area.topics),
        )
        for place, area in enumerate(offered)
    ]


def _look_up(language: str) -> list[OfferedArea]:
    names = {area.slug: area.name_in(language) for area in load_areas()}
    counts = papers_a_day()
    areas: dict[str, list[OfferedTopic]] = {slug: [] for slug in names}
    for topic in Topic.objects.active():
        words = " ".join([topic.slug, *map(str, topic.names.values()), *map(str, topic.categories)])
        areas.setdefault(topic.area, []).append(
            OfferedTopic(
                slug=topic.slug,
                name=topic.name_in(language),
                words=words.casefold(),
                a_day=round(counts.get(topic.pk, 0)),
            )
        )
    return [OfferedArea(names.get(slug, slug), tuple(topics)) for slug, topics in areas.items() if topics]


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
