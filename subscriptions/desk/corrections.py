"""Who had a paper and who is told of its correction, as the desk shows it: numbers, never readers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.desk import corrections as drafting
from newsletter.errors import StateError
from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Correction, Paper, Summary, SummaryRevision, Topic
from newsletter.models.states import CorrectionKind
from newsletter.rendering.corrections import correction_mail
from subscriptions.corrections import owing
from subscriptions.corrections.reach import Reach, reach_of
from subscriptions.messages.as_sent import preview_revision
from subscriptions.messages.corrections import line_of
from subscriptions.messages.previews import nobody
from subscriptions.models import Subscriber

NOBODY = "reader@example.org"


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """How many readers had a paper in one language: ``sent`` for certain, ``possible`` perhaps.

    ``topics`` are names and numbers, the largest first. ``summary`` is the key of the summary there, if one
    is; ``revision`` its number.
    """

    code: str
    name: str
    sent: int
    possible: int
    topics: tuple[tuple[str, int], ...]
    summary: int | None
    revision: int


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft, and the active readers (ids, never shown) it would be told to."""

    correction: Correction
    name: str
    direction: str
    concerned: frozenset[int]

    @property
    def readers(self) -> int:
        """How many they are."""
        return len(self.concerned)


@dataclass(frozen=True, slots=True)
class PaperReach:
    """All that is shown of a paper: languages with most readers first, drafts, and what was told before."""

    languages: tuple[LanguageRow, ...]
    drafts: tuple[DraftRow, ...]
    told: tuple[Correction, ...]
    entries_shown: int

    @property
    def readers(self) -> int:
        """How many readers the drafts would be told to; one whom two of them concern is one."""
        return _count_readers(self.drafts)


@dataclass(frozen=True, slots=True)
class Click:
    """What the button of the confirmation said: which drafts (ids), how many readers, whether also a mail."""

    drafts: tuple[int, ...]
    readers: int
    has_mail: bool = False


def paper_reach(paper: Paper) -> PaperReach:
    """Who had ``paper``. Reads the ledger of the days on which it was mailed."""
    reached = reach_of(paper.pk)
    corrections = list(paper.corrections.select_related("by").order_by("pk"))
    summaries = {row.language: row for row in Summary.objects.filter(paper=paper)}
    names = _topic_names({topic for reach in reached.values() for topic in reach.by_topic})
    rows = [
        _language_row(code, reach, names=names, summary=summaries.get(code))
        for code, reach in reached.items()
    ]
    return PaperReach(
        languages=tuple(sorted(rows, key=lambda row: (-row.sent - row.possible, row.code))),
        drafts=tuple(
            [
                _draft_row(each, reached.get(each.language, Reach()))
                for each in corrections
                if each.state == Correction.State.DRAFT
            ]
        ),
        told=tuple([each for each in corrections if each.state != Correction.State.DRAFT]),
        entries_shown=0 if paper.is_withdrawn else paper.entries.filter(is_hidden=False).count(),
    )


def _topic_names(topics: Collection[int]) -> dict[int, str]:
    return {topic.pk: topic.name_in(DEFAULT_LANGUAGE) for topic in Topic.objects.filter(pk__in=topics)}


def _language_row(
    code: str, reach: Reach, *, names: Mapping[int, str], summary: Summary | None
) -> LanguageRow:
    return LanguageRow(
        code=code,
        name=LANGUAGES[code].own_name if code in LANGUAGES else code,
        sent=len(reach.sent),
        possible=len(reach.possible),
        topics=tuple(
            [(names.get(topic, f"topic {topic}"), count) for topic, count in reach.by_topic.most_common()]
        ),
        summary=summary.pk if summary else None,
        revision=max(summary.revision, 1) if summary and summary.sentence else 0,
    )


def _draft_row(draft: Correction, reach: Reach) -> DraftRow:
    spoken = LANGUAGES.get(draft.language) or LANGUAGES[DEFAULT_LANGUAGE]
    return DraftRow(draft, spoken.own_name, spoken.direction, _active(sorted(reach.concerned(draft))))


def _active(readers: Sequence[int]) -> frozenset[int]:
    active = Subscriber.objects.active()
    return frozenset(
        [
            pk
            for ids in chunked(readers, IDS_A_QUERY)
            for pk in active.filter(pk__in=ids).values_list("pk", flat=True)
        ]
    )


def _count_readers(drafts: Iterable[DraftRow]) -> int:
    return len(frozenset[int]().union(*[draft.concerned for draft in drafts]))


def confirm_drafts(paper: Paper, click: Click, *, by: Any, at: datetime) -> None:
    """Have the drafts of ``click`` told, if they still are for as many readers as its button said.

    Each keeps its own number. Raises StateError where the number is another now, and what
    :func:`newsletter.desk.corrections.confirm` raises.
    """
    rows = [row for row in paper_reach(paper).drafts if row.correction.pk in click.drafts]
    count = _count_readers(rows)
    if len(rows) == len(set(click.drafts)) and count != click.readers:
        raise StateError(
            f"There are now {count:,} readers to tell, not {click.readers:,}: look again. Nobody was told."
        )
    readers = {row.correction.pk: row.readers for row in rows}
    drafting.confirm(
        paper.pk, drafting.Confirmation(click.drafts, readers, has_mail=click.has_mail), by=by, at=at
    )


def preview_html(correction: Correction, which: str, *, now: datetime) -> str:
    """The card as it was ("old"), as it is now ("new"), or what is told ("told"), as a mail shows it."""
    if which == "told":
        line = line_of(owing.told_of(correction))
        return correction_mail(line, language=correction.language, links=nobody(NOBODY).links).html
    number = _newest(correction)
    if which == "old" and correction.kind == CorrectionKind.STATEMENT:
        number = correction.wrong_revision
    return preview_revision(correction.paper_id, correction.language, number, at=now).html


def _newest(correction: Correction) -> int:
    newest = SummaryRevision.objects.of(correction.paper_id, correction.language).first()
    return correction.to_revision or (newest.number if newest else 1)
