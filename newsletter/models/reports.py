"""What readers, authors and visitors say is wrong with a statement. Nobody's name or address is in it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from newsletter.models.constraints import within
from newsletter.models.papers import Paper


class ReportState(models.TextChoices):
    """Whether somebody has looked at it."""

    OPEN = "open", "open"
    SETTLED = "settled", "settled"


class ReportOutcome(models.TextChoices):
    """What an editor found."""

    MENDED = "mended", "mended"
    NOTHING_WRONG = "nothing", "nothing wrong"


class Reporter(models.TextChoices):
    """Who says so: what is proven is only that a reader's link was used."""

    READER = "reader", "a reader"
    AUTHOR = "author", "says to be an author"
    VISITOR = "visitor", "a visitor"


class ReportQuerySet(models.QuerySet["Report"]):
    """Queries for reports by what is to be done."""

    def open(self) -> "ReportQuerySet":
        """Those that wait for an editor."""
        return self.filter(state=ReportState.OPEN)


class Report(models.Model):
    """One statement, as it was shown, that somebody says is wrong: one open row however many say so.

    ``statement`` is empty where something else is meant; ``key`` names it for the constraint.
    """

    State = ReportState
    Outcome = ReportOutcome

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="reports")
    language = models.CharField(max_length=10)
    statement = models.TextField(blank=True, help_text="As it was shown; empty: something else.")
    key = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    readers = models.PositiveIntegerField(default=0, help_text="How often by readers' links.")
    others = models.PositiveIntegerField(default=0, help_text="How often by the public form.")
    has_author = models.BooleanField(
        "by an author", default=False, help_text="Somebody says to be an author of the paper."
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["paper", "language", "key"],
                condition=Q(state="open"),
                name="unique_open_report_statement",
            ),
            within("state", ReportState, "report_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["settled_at"], name="report_settled", condition=Q(state="settled"))
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.language}: {self.statement[:60] or 'something else'}"


class ReportMessage(models.Model):
    """What one person wrote. Of many about the same statement only some are kept, and all are counted."""

    By = Reporter

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="messages")
    by = models.CharField(max_length=8, choices=By.choices)
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [within("by", Reporter, "report_message_by_known")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.by} {self.at:%F %T}"
