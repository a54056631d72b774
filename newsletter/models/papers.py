"""Papers, when they were announced, what they were before, and which of them digests held."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from newsletter.models import states


class PaperQuerySet(models.QuerySet["Paper"]):
    """Queries for papers by announcement."""

    def announced_on(self, day: date) -> "PaperQuerySet":
        """Papers that any list announced as new on ``day``; replacements are not news."""
        return self.filter(
            pk__in=Announcement.objects.filter(day=day, kind__in=Announcement.Kind.news()).values("paper")
        )


class Paper(models.Model):
    """One paper, whatever its version. Its facts come from a source, never from a model."""

    class Provenance(models.TextChoices):
        ARXIV = "arxiv", "arXiv"
        HUGGINGFACE = "huggingface", "Hugging Face"

    arxiv_id = models.CharField("arXiv id", max_length=32, help_text="Without its version.")
    version = models.PositiveSmallIntegerField(default=1)
    provenance = models.CharField(max_length=12, choices=Provenance.choices, default=Provenance.ARXIV)
    title = models.TextField()
    abstract = models.TextField(blank=True)
    authors = models.JSONField(default=list, help_text="Names, in the paper's order.")
    categories = models.JSONField(default=list, help_text="arXiv categories, the primary one first.")
    primary_category = models.CharField(max_length=32, blank=True, db_index=True)
    comment = models.TextField(blank=True)
    doi = models.CharField("DOI", max_length=300, blank=True)
    journal_ref = models.TextField("journal reference", blank=True)
    licence = models.URLField(max_length=300, blank=True)
    published_at = models.DateTimeField(null=True, help_text="When version 1 was submitted.")
    updated_at = models.DateTimeField(null=True, help_text="When this version was submitted.")
    is_withdrawn = models.BooleanField(default=False)

    votes = models.PositiveIntegerField(default=0)
    votes_at = models.DateTimeField(null=True, blank=True)
    comments_count = models.PositiveIntegerField(default=0)
    image_url = models.URLField(max_length=1000, blank=True)
    video_url = models.URLField(max_length=1000, blank=True)
    code_url = models.URLField(max_length=1000, blank=True)
    code_stars = models.PositiveIntegerField(null=True, blank=True)
    project_url = models.URLField(max_length=1000, blank=True)
    organisation = models.CharField(max_length=300, blank=True)
    keywords = models.JSONField(default=list, blank=True)

    # Made from title and abstract by :mod:`newsletter.summaries.kept_extracts`; null until then.
    extract = models.JSONField(null=True, editable=False)
    extract_format = models.PositiveSmallIntegerField(null=True, editable=False, db_index=True)

    created_at = models.DateTimeField(auto_now_add=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["arxiv_id"], name="unique_paper_arxiv_id")]
        indexes: ClassVar = [
            models.Index(fields=["-published_at"], name="paper_published"),
            models.Index(fields=["id"], name="paper_withdrawn", condition=Q(is_withdrawn=True)),
        ]

    def __str__(self) -> str:
        return f"{self.arxiv_id} {self.title}"

    @property
    def abstract_url(self) -> str:
        """The abstract page on arXiv, of the latest version."""
        return f"https://arxiv.org/abs/{self.arxiv_id}"

    @property
    def pdf_url(self) -> str:
        """The PDF on arXiv, of the latest version."""
        return f"https://arxiv.org/pdf/{self.arxiv_id}"

    @property
    def html_url(self) -> str:
        """The paper as a page on arXiv, of the version that is held here: not every version has one."""
        return f"https://arxiv.org/html/{self.arxiv_id}v{self.version}"


class PaperVersion(models.Model):
    """A version that was seen, with the text it had: what "notable updates" are measured against."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveSmallIntegerField()
    title = models.TextField()
    abstract = models.TextField(blank=True)
    updated_at = models.DateTimeField(null=True)
    is_notable = models.BooleanField(
        default=False, help_text="Title or abstract differ from the version before in more than white space."
    )
    seen_at = models.DateTimeField(default=timezone.now, help_text="When it was first taken in.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "version"], name="unique_paper_version")
        ]
        indexes: ClassVar = [
            models.Index(fields=["seen_at"], name="version_notable", condition=Q(is_notable=True))
        ]

    def __str__(self) -> str:
        return f"{self.paper_id}v{self.version}"


class MailedPaper(models.Model):
    """A paper that digests held, also where no edition has it: whoever has such a mail may open its page.

    ``subscriptions`` writes it when it sends; it says nothing of readers.
    """

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, primary_key=True, related_name="mailed")
    since = models.DateField(help_text="The first day on which a digest with it left.")
    until = models.DateField(
        null=True, help_text="The last day on which one left; empty: not known, it may have been today."
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["since"], name="mailed_since")]

    def __str__(self) -> str:
        return f"{self.paper_id} since {self.since}"


class Announcement(models.Model):
    """A paper stood on a source's list on a day. The day is the list's own date."""

    Source = states.Source

    Kind = states.AnnouncementKind

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="announcements")
    source = models.CharField(max_length=12, choices=Source.choices)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "source", "day"], name="unique_announcement"),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "source"], name="announcement_day_source")]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.source} {self.kind} {self.day}"
