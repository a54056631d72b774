"""The feeds that a page announces: what its list is, for programs."""

from datetime import date

from django.conf import settings

from newsletter.feeds.markdown import MARKDOWN_TYPE
from newsletter.feeds.public import FORMATS, path_of_topic, title_of_topic
from newsletter.models import Topic
from newsletter.rendering.phrases import phrases
from newsletter.web.placement import Feed


def feeds_of_topic(topic: Topic | None, language: str) -> tuple[Feed, ...]:
    """The feeds of a topic in ``language``, in all formats; of all topics for None. No query."""
    return _in_all_formats(path_of_topic(topic, language), title_of_topic(topic, language))


def feeds_of_day(day: date, language: str) -> tuple[Feed, ...]:
    """The feeds of a day in ``language``, in all formats, and the day as Markdown. No query."""
    title = f"{phrases(language).day(day)} · {settings.SITE_NAME}"
    file = Feed(f"/archive/{day:%F}/{language}.md", f"{title} (Markdown)", MARKDOWN_TYPE.partition(";")[0])
    return (*_in_all_formats(f"/feeds/day/{day:%F}/{language}", title), file)


def _in_all_formats(path: str, title: str) -> tuple[Feed, ...]:
    return tuple(
        [Feed(f"{path}.{ending}", f"{title} ({form.name})", form.kind) for ending, form in FORMATS.items()]
    )
