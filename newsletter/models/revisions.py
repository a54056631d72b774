"""What a summary said, text after text, and what an editor tells readers was wrong in it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from newsletter.models import states
from newsletter.models.constraints import within
from newsletter.models.papers import Paper
from newsletter.models.summaries import Summary

FIRST = 1
"""The number of a text that was there before revisions were kept: its row is written when it changes."""


class SummaryRevisionQuerySet(models.QuerySet["SummaryRevision"]):
    """Revisions: kept in the transaction in which a summary changes."""

    def of(self, paper: int, language: str) -> "SummaryRevisionQuerySet":
        """The revisions of one summary, the newest first."""
        return self.filter(paper=paper, language=language).order_by("-number")

    def keep(self, summary: Summary, *, at: datetime, by: Any = None) -> int:
        """Keep what ``summary`` now says as its newest revision, and return its number.

        The same words as those of the newest revision are that revision, whatever the keywords, which readers
        do not see. For whoever changed the row, in the
        same transaction.
        """
        newest = self.of(summary.paper_id, summary.language).first()
        if newest is not None and _without_keywords(newest.words) == _without_keywords(summary.words):
            number = newest.number
        else:
            number = newest.number + 1 if newest is not None else FIRST
            self.create(
                paper_id=summary.paper_id,
                language=summary.language,
                number=number,
                words=summary.words,
                checked_numbers=summary.checked_numbers,
                author=summary.author,
                by=by,
                at=at,
            )
        if summary.revision != number:
            summary.revision = number
            Summary.objects.filter(pk=summary.pk).update(revision=number)
        return number

    def keep_first(self, summaries: Iterable[Summary]) -> None:
        """Keep the words that were written before revisions were kept, before they are overwritten.

        No query where there are none.
        """
        rows = [row for row in summaries if not row.revision and (row.sentence or row.title)]
        if not rows:
            return
        self.bulk_create(
            [
                SummaryRevision(
                    paper_id=row.paper_id,
                    language=row.language,
                    number=FIRST,
                    words=row.words,
                    checked_numbers=row.checked_numbers,
                    author=row.author,
                    at=row.written_at,
                )
                for row in rows
            ],
            ignore_conflicts=True,
        )
        Summary.objects.filter(pk__in=[row.pk for row in rows], revision=0).update(revision=FIRST)
        for row in rows:
            row.revision = FIRST


def _without_keywords(words: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in words.items() if name != "keywords"}


class SummaryRevision(models.Model):
    """One text of the summary of a paper in a language: numbered from 1, never changed.

    Belongs to the paper: the row of a summary that nobody needs goes, what deliveries carried stays.
    """

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="summary_revisions")
    language = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    words = models.JSONField(help_text="{title, sentence, sentence_evidence, takeaways, keywords}")
    checked_numbers = models.PositiveSmallIntegerField(null=True)
    author = models.CharField(max_length=8, choices=states.SummaryAuthor.choices, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(null=True, help_text="When it was written; empty: not known.")

    objects = SummaryRevisionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "language", "number"], name="unique_summary_revision")
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.language}, revision {self.number}"

    @property
    def is_summary(self) -> bool:
        """Whether it says something of the paper in words of ours: an extract is the abstract's own."""
        return self.author != states.SummaryAuthor.EXTRACT and bool(self.sentence)

    @property
    def sentence(self) -> str:
        """Its first sentence; empty where a card had an extract in its place."""
        return str(self.words.get("sentence") or "")

    @property
    def title(self) -> str:
        """The translated title; empty where readers got the source's own."""
        return "" if self.author == states.SummaryAuthor.EXTRACT else str(self.words.get("title") or "")

    @property
    def takeaways(self) -> tuple[str, ...]:
        """The texts of its takeaways."""
        return tuple([str(point["text"]) for point in self.words.get("takeaways") or ()])

    @property
    def statements(self) -> tuple[str, ...]:
        """All that readers see of it: the sentence, the takeaways and the title."""
        return (self.sentence, *self.takeaways, self.title)


class CorrectionQuerySet(models.QuerySet["Correction"]):
    """Corrections by how far they are."""

    def drafts(self) -> "CorrectionQuerySet":
        """Those that no editor has confirmed yet."""
        return self.filter(state=Correction.State.DRAFT)

    def public(self) -> "CorrectionQuerySet":
        """Those that an editor confirmed."""
        return self.exclude(state=Correction.State.DRAFT)


class Correction(models.Model):
    """What an editor tells the readers who had a paper: that it said something wrong, or is recalled.

    draft → confirmed → gathered. Of one language. A statement was wrong in the revisions before
    ``to_revision`` that do not say the same as that: ``old`` is what ``from_revision`` said and ``right``
    what is right. A recall is about the whole paper in whichever revision, ``right`` its reason in words;
    without words the mail has a sentence of its own. Nothing here is about a reader.
    """

    State = states.CorrectionState
    Kind = states.CorrectionKind

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="corrections")
    language = models.CharField(max_length=10)
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.STATEMENT)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    old = models.TextField(blank=True)
    right = models.TextField(blank=True)
    from_revision = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="It said what was wrong; empty: the one before the right one.",
    )
    to_revision = models.PositiveIntegerField(null=True, blank=True, help_text="The first that is right.")
    has_mail = models.BooleanField(default=False, help_text="Told by a mail of its own as well.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    readers = models.PositiveIntegerField(default=0, help_text="How many were to be told when confirmed.")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        permissions: ClassVar = [("tell_correction", "Can tell readers of a correction")]
        constraints: ClassVar = [
            within("kind", states.CorrectionKind, "correction_kind_known"),
            within("state", states.CorrectionState, "correction_state_known"),
            models.CheckConstraint(
                condition=Q(kind="recall") | Q(to_revision__isnull=False), name="correction_has_revision"
            ),
            models.UniqueConstraint(
                fields=["paper", "language", "kind"],
                condition=Q(state="draft"),
                name="one_draft_of_a_correction",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state"], name="correction_confirmed", condition=Q(state="confirmed")),
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.language}: {self.get_kind_display()}"

    @property
    def wrong_revision(self) -> int:
        """The number of the revision that ``old`` quotes; 0 for a recall."""
        return self.from_revision or max((self.to_revision or 0) - 1, 0)
