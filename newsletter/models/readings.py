"""The rows of reading in depth: what was found in a paper once, how each language says it, and its pictures.

Nothing here imports the other models, so that there is no import cycle.
"""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from lib.leases import Leased, LeasedQuerySet, is_due


class ReadingState(models.TextChoices):
    """How far a reading in depth is; :class:`Reading` shows the order."""

    WANTED = "wanted", "wanted"
    CLAIMED = "claimed", "being read"
    READY = "ready", "ready"
    HELD = "held", "held for an editor"
    FAILED = "failed", "failed"
    HIDDEN = "hidden", "hidden by an editor"


class TextState(models.TextChoices):
    """Whether a reading's text in one language may be shown."""

    READY = "ready", "ready"
    HELD = "held", "held for an editor"


class ReadingQuerySet(LeasedQuerySet["Reading"]):
    """Queries for readings by what may become of them."""

    def claimable(self, now: datetime) -> "ReadingQuerySet":
        """What is wanted and due, and what a worker claimed whose lease has expired."""
        return self.filter(
            Q(is_due(now), state=ReadingState.WANTED) | Q(state=ReadingState.CLAIMED, lease_until__lt=now)
        )


class Reading(Leased):
    """One paper read in depth: the facts, in English, that every language's text is written from.

    wanted → claimed → ready | held | failed. A new version of the paper makes it ``wanted`` again, but for
    one that an editor made ``hidden``.
    """

    State = ReadingState

    class Chosen(models.TextChoices):
        EDITOR = "editor", "by an editor"
        VOTES = "votes", "by votes"

    class Origin(models.TextChoices):
        HTML = "html", "HTML"
        PDF = "pdf", "PDF"
        ABSTRACT = "abstract", "abstract only"

    paper = models.OneToOneField("newsletter.Paper", on_delete=models.CASCADE, related_name="reading")
    state = models.CharField(max_length=8, choices=ReadingState.choices, default=ReadingState.WANTED)
    chosen = models.CharField(max_length=8, choices=Chosen.choices, default=Chosen.EDITOR)
    origin = models.CharField(max_length=8, choices=Origin.choices, blank=True)
    paper_version = models.PositiveSmallIntegerField(default=1)
    facts = models.JSONField(default=dict, blank=True, help_text='{"statements": […], "results": […]}')
    affiliations = models.JSONField(default=list, blank=True, help_text="Extracted from the title page.")
    code_links = models.JSONField(default=list, blank=True)
    data_links = models.JSONField(default=list, blank=True)
    references_count = models.PositiveIntegerField(default=0)
    source_url = models.URLField(max_length=300, blank=True)
    notes = models.JSONField(default=list, blank=True, help_text="Why a better source was not read.")
    reason = models.TextField(blank=True, help_text="Why it is held, hidden or failed.")
    attempts_count = models.PositiveSmallIntegerField(default=0)
    wanted_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        app_label = "newsletter"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ReadingState.values), name="reading_state_known"),
            models.CheckConstraint(
                condition=~Q(state="ready") | ~Q(origin=""), name="reading_ready_has_a_source"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "wanted_at"], name="reading_state_wanted")]

    def __str__(self) -> str:
        return f"{self.paper_id}: {self.state}"


class ReadingText(models.Model):
    """The facts of one reading in one language: the statement's number to its text. English needs none."""

    State = TextState

    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=TextState.choices, default=TextState.READY)
    texts = models.JSONField(default=dict, blank=True, help_text='{"s3": "…"}')
    captions = models.JSONField(default=dict, blank=True, help_text='{"Figure 1": "…"}')
    dropped = models.JSONField(default=list, blank=True, help_text="What its check refused, and why.")
    reason = models.TextField(blank=True, help_text="Why it is held.")
    written_at = models.DateTimeField()

    class Meta:
        app_label = "newsletter"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reading", "language"], name="unique_reading_language"),
            models.CheckConstraint(condition=Q(state__in=TextState.values), name="reading_text_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.reading_id} {self.language}: {self.state}"


class ReadingCall(models.Model):
    """One call to a model with its answer: a paid answer is used again and never asked for twice."""

    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="calls")
    purpose = models.CharField(max_length=12, help_text="facts, choice, text or repair")
    language = models.CharField(max_length=10, blank=True)
    fingerprint = models.CharField(max_length=32, help_text="Of what was asked.")
    prompt_version = models.CharField(max_length=20)
    model = models.CharField(max_length=120)
    answer = models.TextField(blank=True)
    error = models.TextField(blank=True)
    findings = models.JSONField(default=list, blank=True, help_text="What was refused in it, and why.")
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="In US dollars.")
    at = models.DateTimeField()

    class Meta:
        app_label = "newsletter"
        indexes: ClassVar = [
            models.Index(fields=["reading", "fingerprint"], name="reading_call_question"),
            models.Index(fields=["at"], name="reading_call_at"),
        ]

    def __str__(self) -> str:
        return f"{self.reading_id} {self.purpose} {self.at:%F %T}"


class FigureQuerySet(models.QuerySet["Figure"]):
    """Queries for figures by whether they may be shown."""

    def shown(self) -> "FigureQuerySet":
        """Pictures that may be served."""
        return self.filter(state=Figure.State.SHOWN)


class Figure(models.Model):
    """One picture of a paper that matters: served by us if the licence allows, else a link to its place."""

    class State(models.TextChoices):
        SHOWN = "shown", "shown"
        LINKED = "linked", "linked only"

    paper = models.ForeignKey("newsletter.Paper", on_delete=models.CASCADE, related_name="figures")
    paper_version = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    panel = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(max_length=80, blank=True)
    caption = models.TextField(blank=True, help_text="As the paper has it.")
    place_url = models.URLField(max_length=400, help_text="Where it stands in the paper.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.LINKED)
    reason = models.TextField(blank=True, help_text="Why it is only linked.")
    licence_name = models.CharField(max_length=40, blank=True)
    licence_url = models.URLField(max_length=200, blank=True)
    may_change = models.BooleanField(default=False, help_text="Whether its caption may be translated.")
    width = models.PositiveIntegerField(default=0, help_text="Pixels of the largest file.")
    height = models.PositiveIntegerField(default=0)
    files = models.JSONField(default=dict, blank=True, help_text='{"600.webp": "figures/…"}')

    objects = FigureQuerySet.as_manager()

    class Meta:
        app_label = "newsletter"
        ordering: ClassVar = ["position", "panel"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "position", "panel"], name="unique_figure_place"),
            models.CheckConstraint(
                condition=Q(state="linked") | (Q(state="shown") & ~Q(licence_url="")),
                name="figure_shown_has_licence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.label}"

    @property
    def alt(self) -> str:
        """Words in place of the picture: its label and how its caption begins."""
        text = f"{self.label}: {self.caption}" if self.label else self.caption
        return text if len(text) <= 240 else text[:240].rsplit(" ", 1)[0] + " …"

    def served(self) -> dict[str, Any]:
        """Files by name where it is shown, else nothing."""
        return dict(self.files) if self.state == self.State.SHOWN else {}
