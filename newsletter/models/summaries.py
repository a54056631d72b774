"""The brief summary of a paper in a language, and the words an editor wants in it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from lib.leases import Leased, LeasedQuerySet
from newsletter.models import states
from newsletter.models.constraints import within
from newsletter.models.papers import Paper
from newsletter.records import SummaryDraft, Takeaway
from newsletter.text.glossary import TermTranslation

WORDS = ("title", "sentence", "sentence_evidence", "takeaways", "keywords")
"""The fields of what a summary says."""


class SummaryQuerySet(LeasedQuerySet["Summary"]):
    """Queries for summaries by what readers may see."""

    def shown(self) -> "SummaryQuerySet":
        """Summaries that may reach a reader."""
        return self.filter(state=Summary.State.READY)

    def shown_or_titled(self) -> "SummaryQuerySet":
        """Those, and held ones of which the translated title stands: it goes with the extract."""
        return self.filter(Q(state=Summary.State.READY) | Q(state=Summary.State.HELD) & ~Q(title=""))


class Summary(Leased):
    """The brief summary of one paper in one language, shared by all its readers.

    wanted → claimed → ready | held | failed. A new version of the paper makes it ``wanted`` again, unless an
    editor wrote it: then it stays and ``is_outdated`` tells the editor. What no digest needs is soon wanted
    no more: it goes, or is shown as what it is, about an earlier version.
    """

    State = states.SummaryState

    Author = states.SummaryAuthor

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="summaries")
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WANTED)
    author = models.CharField(max_length=8, choices=Author.choices, blank=True)
    title = models.TextField(blank=True, help_text="The translated title, where it helps.")
    sentence = models.TextField(blank=True)
    sentence_evidence = models.TextField(
        blank=True, default="", help_text="The source's words that the sentence rests on; empty: the whole."
    )
    takeaways = models.JSONField(default=list, blank=True, help_text='[{"text": …, "evidence": …}]')
    keywords = models.JSONField(default=list, blank=True)
    checked_numbers = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How many numbers the checks compared with the source; empty: not counted.",
    )
    reason = models.TextField(blank=True, help_text="Why it is held or failed.")
    paper_version = models.PositiveSmallIntegerField(default=1)
    is_outdated = models.BooleanField(default=False)
    is_requested = models.BooleanField(
        default=False,
        help_text="Somebody asked for it: written whether or not a digest needs it.",
    )
    hint = models.TextField(blank=True, help_text="An editor's wish for the next answer.")
    round = models.PositiveSmallIntegerField(default=0, help_text="Counts how often it was asked for anew.")
    attempts_count = models.PositiveSmallIntegerField(default=0)
    written_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of its words; 0: not kept yet, the first."
    )

    objects = SummaryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "summaries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "language"], name="unique_summary_paper_language"),
            within("state", states.SummaryState, "summary_state_known"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(sentence="") & ~Q(author="")),
                name="summary_ready_says_something",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "language"], name="summary_state_language"),
            models.Index(fields=["written_at"], name="summary_written_at"),
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.language}: {self.state}"

    @property
    def words(self) -> dict[str, Any]:
        """What it says as a revision keeps it."""
        return {name: getattr(self, name) for name in WORDS}

    @property
    def draft(self) -> SummaryDraft:
        """What it says, as a value."""
        return SummaryDraft(
            sentence=self.sentence,
            takeaways=tuple(Takeaway(**point) for point in self.takeaways),
            title=self.title,
            keywords=tuple(self.keywords),
            sentence_evidence=self.sentence_evidence,
        )

    @draft.setter
    def draft(self, draft: SummaryDraft) -> None:
        self.sentence, self.sentence_evidence = draft.sentence, draft.sentence_evidence
        self.takeaways = [{"text": point.text, "evidence": point.evidence} for point in draft.takeaways]
        self.title = draft.title
        self.keywords = list(draft.keywords)
        self.checked_numbers = None  # of other words


class GlossaryQuerySet(models.QuerySet["GlossaryTerm"]):
    """Glossaries as prompts and checks take them."""

    def in_language(self, language: str) -> list[TermTranslation]:
        """The terms of one language."""
        rows = self.filter(language=language).values_list("term", "translation")
        return [TermTranslation(term, translation) for term, translation in rows]

    def by_language(self) -> dict[str, list[TermTranslation]]:
        """All terms, by language code."""
        glossaries: dict[str, list[TermTranslation]] = {}
        for language, term, translation in self.values_list("language", "term", "translation"):
            glossaries.setdefault(language, []).append(TermTranslation(term, translation))
        return glossaries


class GlossaryTerm(models.Model):
    """How a technical term is written in a language: put into the prompt, and checked in the result."""

    language = models.CharField(max_length=10)
    term = models.CharField(max_length=120)
    translation = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)

    objects = GlossaryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["language", "term"], name="unique_glossary_language_term")
        ]

    def __str__(self) -> str:
        return f"{self.term} → {self.translation} ({self.language})"
