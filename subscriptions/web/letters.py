"""A digest as a web page shows it, sent or not: the same choice and the same words that the mail has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from newsletter.models import Paper, Summary, Topic
from newsletter.rendering.phrases import phrases
from newsletter.web.letters import Letter, letter_of
from subscriptions.digests import choose_batch
from subscriptions.models import Subscriber
from subscriptions.picks import Picks, Reason, ReasonKind
from subscriptions.queries import as_typed
from subscriptions.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Preview:
    """The digest that somebody would get now: ``new`` papers were there to choose from."""

    letters: tuple[Letter, ...]
    also: tuple[str, ...]
    new: int


def preview(wishes: Wishes, *, now: datetime, shown: int) -> Preview | None:
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
    letters = letters_of(choice.picks, language=wishes.language)
    return Preview(
        letters=letters[:shown],
        also=tuple(letter.title for letter in letters[shown:]),
        new=choice.picks.new,
    )


def letters_of(picks: Picks, *, language: str) -> tuple[Letter, ...]:
    """The papers in full of ``picks``, in their order, in ``language``. Three queries."""
    ids = [pick.paper for pick in picks.papers]
    papers = Paper.objects.in_bulk(ids)
    told = Summary.objects.shown().filter(paper__in=ids, language=language)
    summaries = {summary.paper_id: summary for summary in told}
    topics = {topic.pk: topic.name_in(language) for topic in Topic.objects.all()}
    return tuple(
        letter_of(
            papers[pick.paper],
            summaries.get(pick.paper),
            language=language,
            why=_why(pick.reasons, topics, language),
        )
        for pick in picks.papers
        if pick.paper in papers
    )


def _why(reasons: Collection[Reason], topics: Mapping[int, str], language: str) -> str:
    words = phrases(language)
    parts = []
    for reason in reasons:
        if reason.kind == ReasonKind.TOPIC:
            parts.append(topics.get(reason.topic, ""))
        elif reason.kind == ReasonKind.QUERY:
            parts.append(words.say("digest.reason_query", query=as_typed(reason.query)))
        elif reason.kind == ReasonKind.PINNED:
            parts.append(words.say("digest.reason_pinned"))
        elif reason.kind == ReasonKind.UPDATE:
            parts.append(words.say("digest.reason_update", version=reason.version))
    return words.listing(dict.fromkeys(part for part in parts if part))
