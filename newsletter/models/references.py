"""How papers are found that somebody names, and papers that somebody named and nobody has taken in."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsletter.models.constraints import within
from newsletter.models.papers import Paper
from newsletter.models.states import WantedState

ROWS_A_STATEMENT = 500


class PaperKey(models.Model):
    """A hash under which a paper is found: of its DOI, its title, a title's first or last words, an author.

    A cache, made of papers by :mod:`newsletter.references.index`; it may be emptied at any time.
    """

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="keys")
    kind = models.PositiveSmallIntegerField(help_text="1: DOI, 2: title, 3: a title's ends, 4: author.")
    value = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["value", "kind", "paper"], name="unique_paper_key")
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.kind} {self.value}"


class WantedPaperQuerySet(models.QuerySet["WantedPaper"]):
    """Papers to be asked for."""

    def want(self, arxiv_ids: Iterable[str], *, now: datetime) -> None:
        """Have the papers with these versionless ids taken in; what is wanted or missing already stays so."""
        ids = sorted(set(arxiv_ids))
        self.bulk_create(
            [WantedPaper(arxiv_id=arxiv_id, wanted_at=now, due_at=now) for arxiv_id in ids],
            batch_size=ROWS_A_STATEMENT,
            ignore_conflicts=True,
        )

    def due(self, now: datetime) -> "WantedPaperQuerySet":
        """Those to be asked for at ``now``, the first wanted first."""
        return self.filter(state=WantedState.WANTED, due_at__lte=now).order_by("due_at", "pk")


class WantedPaper(models.Model):
    """A paper that somebody named and that is not here: asked for once, through the gate, then gone.

    ``subscriptions`` writes it; it says nothing of readers. What arXiv does not have is asked for again on
    later days, and kept as missing, with the reason, once that is given up.
    """

    State = WantedState

    arxiv_id = models.CharField("arXiv id", max_length=32, unique=True)
    state = models.CharField(max_length=8, choices=WantedState.choices, default=WantedState.WANTED)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    wanted_at = models.DateTimeField()
    due_at = models.DateTimeField()

    objects = WantedPaperQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [within("state", WantedState, "wanted_paper_state_known")]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="wanted_paper_due", condition=Q(state="wanted"))
        ]

    def __str__(self) -> str:
        return f"{self.arxiv_id} {self.state}"
