"""The digest that somebody's wishes would bring now: the same choice and the same words that the mail has."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from django.core.cache import cache

from newsletter.models import Topic
from newsletter.rendering.papers import PaperTitle, PaperView
from subscriptions.digests import choose_batch
from subscriptions.messages.render_cache import load_render_cache
from subscriptions.models import Delivery, Subscriber
from subscriptions.picks import Picks
from subscriptions.readers.wishes import Wishes

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class WishPreview:
    """The digest that somebody would get now: ``new`` papers were there to choose from."""

    papers: tuple[PaperView, ...]
    headlines: tuple[PaperTitle, ...]
    new: int

    @property
    def glance(self) -> list[tuple[str, bool]]:
        """The headline of every paper, and whether it is in English whatever the digest's language."""
        return [(paper.headline, not paper.translated_title) for paper in self.headlines]


def kept_preview(wishes: Wishes, *, shown: int) -> WishPreview | None:
    """What :func:`preview` gave a moment ago; None if nobody asked or it gave nothing."""
    preview: WishPreview | None = cache.get(_key(wishes, shown))
    return preview


def preview(wishes: Wishes, *, now: datetime, shown: int) -> WishPreview | None:
    """Today's digest for exactly ``wishes``, its first ``shown`` papers in full; None if there is none.

    The choice is made by the very function that chooses for real readers, for one who stands in no table.
    """
    nobody = Subscriber(
        pk=-1,
        state=Subscriber.State.ACTIVE,
        language=wishes.language,
        time_zone=wishes.time_zone,
        hour=wishes.hour,
        cadence=wishes.cadence,
        weekday=wishes.weekday,
        size=wishes.size,
        queries=list(wishes.queries),
    )
    followed = Topic.objects.active().filter(slug__in=wishes.topics).order_by("position", "pk")
    topics = {nobody.pk: tuple(followed.values_list("pk", flat=True))}
    (choice,) = choose_batch([nobody], now=now, topics=topics)
    if choice.picks is None:
        return None
    papers = views_of(choice.picks, day=choice.day, language=wishes.language, now=now)
    made = WishPreview(papers[:shown], tuple([_title(paper) for paper in papers]), choice.picks.new)
    cache.set(_key(wishes, shown), made, _SECONDS)
    return made


def _title(paper: PaperView) -> PaperTitle:
    return PaperTitle(
        title=paper.title, abstract_url=paper.abstract_url, translated_title=paper.translated_title
    )


def _key(wishes: Wishes, shown: int) -> str:
    text = json.dumps([wishes.as_json(), shown], sort_keys=True)
    return f"preview-{hashlib.sha256(text.encode()).hexdigest()}"


def views_of(picks: Picks, *, day: date, language: str, now: datetime) -> tuple[PaperView, ...]:
    """The papers of ``picks`` that a mail would show in full, in their order, with its reasons."""
    row = Delivery(pk=-1, subscriber_id=-1, day=day, language=language, created_at=now, picks=picks)
    cache = load_render_cache([row])
    by_topic, hidden = cache.editions_by_topic(picks), cache.hidden_from(picks)
    views = (cache.view(pick, language, by_topic) for pick in picks.papers if pick.paper not in hidden)
    return tuple([view for view in views if view is not None])
