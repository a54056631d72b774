"""The rows of the content: topics, papers, summaries, editions.

Each step of the pipeline is a row here that changes its state. Invariants live in the database and have
names. A query that more than one place needs is a QuerySet method.
"""

from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from newsletter import states
from newsletter.desk.models import DaySettings as DaySettings
from newsletter.desk.models import EditionChange as EditionChange
from newsletter.desk.models import SetAside as SetAside
from newsletter.desk.models import SummaryVersion as SummaryVersion
from newsletter.readings.models import Figure as Figure
from newsletter.readings.models import Reading as Reading
from newsletter.readings.models import ReadingCall as ReadingCall
from newsletter.readings.models import ReadingText as ReadingText
from newsletter.records import SummaryDraft, Takeaway
from newsletter.summaries.models import KnownModel as KnownModel
from newsletter.summaries.models import SummaryBatch as SummaryBatch
from newsletter.summaries.models import SummaryDemand as SummaryDemand


def within(name: str, choices: type[models.TextChoices], constraint: str) -> models.CheckConstraint:
    """The constraint that field ``name`` holds one of ``choices`` and nothing else."""
    return models.CheckConstraint(condition=Q(**{f"{name}__in": choices.values}), name=constraint)


class TopicQuerySet(models.QuerySet["Topic"]):
    def active(self) -> "TopicQuerySet":
        return self.filter(is_active=True)


class Topic(models.Model):
    """What a reader can follow: arXiv categories and a query of words, or a daily list."""

    slug = models.SlugField(max_length=60)
    names = models.JSONField(default=dict, help_text="The name in each language: {code: name}.")
    area = models.CharField(max_length=60, blank=True)
    categories = models.JSONField(default=list, blank=True, help_text='Such as ["cs.CV", "eess.*"].')
    query = models.TextField(blank=True, help_text='Words, "phrases", title:, author:, AND, OR, NOT, ( ).')
    supporting = models.TextField(
        blank=True,
        help_text="Words that make a match stronger and none by themselves: robot OR gripper OR grasping.",
    )
    threshold = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="From 0 to 1: weaker matches are left out. Most topics of the catalogue have 0.56.",
    )
    listing = models.CharField(
        max_length=20,
        blank=True,
        help_text='"huggingface": only that daily list. Empty: all papers.',
    )
    colour = models.CharField(max_length=7, default="#334155")
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "slug"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["slug"], name="unique_topic_slug")]

    def __str__(self) -> str:
        return self.name_in("en")

    def name_in(self, language: str) -> str:
        """The topic's name in ``language``, else in English, else its slug."""
        return str(self.names.get(language) or self.names.get("en") or self.slug)


class PaperQuerySet(models.QuerySet["Paper"]):
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

    created_at = models.DateTimeField(auto_now_add=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["arxiv_id"], name="unique_paper_arxiv_id")]
        indexes: ClassVar = [models.Index(fields=["-published_at"], name="paper_published")]

    def __str__(self) -> str:
        return f"{self.arxiv_id} {self.title}"

    @property
    def abstract_url(self) -> str:
        return f"https://arxiv.org/abs/{self.arxiv_id}"

    @property
    def pdf_url(self) -> str:
        return f"https://arxiv.org/pdf/{self.arxiv_id}"

    @property
    def html_url(self) -> str:
        return f"https://arxiv.org/html/{self.arxiv_id}v{self.version}"


class MailedPaper(models.Model):
    """A paper that digests held, also where no edition has it: whoever has such a mail may open its page.

    ``subscriptions`` writes it when it sends; it says nothing of readers.
    """

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, primary_key=True, related_name="mailed")
    since = models.DateField(help_text="The first day on which a digest with it left.")

    def __str__(self) -> str:
        return f"{self.paper_id} since {self.since}"


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


class IntakeDay(models.Model):
    """What became of one source's day: it makes ``backfill`` resumable and answers "why no mail?"."""

    State = states.IntakeState

    source = models.CharField(max_length=12, choices=states.Source.choices)
    day = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "day"], name="unique_intake_source_day"),
            within("state", states.IntakeState, "intake_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.day}: {self.state}"


class SourceHealth(models.Model):
    """How one source has behaved: shown to the operator."""

    source = models.CharField(max_length=20)
    last_good_day = models.DateField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    requests_day = models.DateField(null=True, blank=True)
    requests_today = models.PositiveIntegerField(default=0)
    circuit_open_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "source health"
        constraints: ClassVar = [models.UniqueConstraint(fields=["source"], name="unique_source_health")]

    def __str__(self) -> str:
        return self.source


class Demand(models.Model):
    """How many readers want a topic in a language. ``subscriptions`` writes it; it holds numbers, no people.

    ``topic`` is null for readers who follow their own queries.
    """

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="demand")
    language = models.CharField(max_length=10)
    readers = models.PositiveIntegerField()
    size = models.PositiveSmallIntegerField(default=10, help_text="Of the largest of their digests.")

    class Meta:
        verbose_name_plural = "demand"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "language"], name="unique_demand_topic_language"),
            models.UniqueConstraint(
                fields=["language"], name="unique_demand_language", condition=Q(topic__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.language}: {self.readers}"


class SummaryQuerySet(models.QuerySet["Summary"]):
    def shown(self) -> "SummaryQuerySet":
        """Summaries that may reach a reader."""
        return self.filter(state=Summary.State.READY)

    def shown_or_titled(self) -> "SummaryQuerySet":
        """Those, and held ones of which the translated title stands: it goes with the extract."""
        return self.filter(Q(state=Summary.State.READY) | Q(state=Summary.State.HELD) & ~Q(title=""))

    def claimable(self, now: datetime) -> "SummaryQuerySet":
        """Work that waits, or whose worker has not been heard of since its lease ended."""
        return self.filter(
            Q(state=Summary.State.WANTED, retry_at__isnull=True)
            | Q(state=Summary.State.WANTED, retry_at__lte=now)
            | Q(state=Summary.State.CLAIMED, lease_until__lt=now)
        )


class Summary(models.Model):
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
    retry_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)

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
        indexes: ClassVar = [models.Index(fields=["state", "language"], name="summary_state_language")]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.language}: {self.state}"

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


class SummaryAttempt(models.Model):
    """One call to a model, kept whole: what was paid for is never lost, and what was refused can be read."""

    class Purpose(models.TextChoices):
        FIRST = "first", "first answer"
        REPAIR = "repair", "repair"
        HINT = "hint", "asked again by an editor"
        OPINION = "opinion", "second look"
        PLANTED = "planted", "second look, false on purpose"

    summary = models.ForeignKey(Summary, on_delete=models.CASCADE, related_name="attempts")
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.FIRST)
    paper_version = models.PositiveSmallIntegerField(default=1)
    prompt_version = models.CharField(max_length=20)
    fingerprint = models.CharField(
        max_length=32, blank=True, help_text="Of what was asked: an answer counts only for the same question."
    )
    model = models.CharField(max_length=120)
    answer = models.TextField(blank=True)
    findings = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="In US dollars.")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="attempt_at")]

    def __str__(self) -> str:
        return f"{self.summary_id} {self.purpose} {self.at:%F %T}"


class GlossaryTerm(models.Model):
    """How a technical term is written in a language: put into the prompt, and checked in the result."""

    language = models.CharField(max_length=10)
    term = models.CharField(max_length=120)
    translation = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["language", "term"], name="unique_glossary_language_term")
        ]

    def __str__(self) -> str:
        return f"{self.term} → {self.translation} ({self.language})"


class EditionQuerySet(models.QuerySet["Edition"]):
    def ready(self) -> "EditionQuerySet":
        """Editions that readers may get."""
        return self.filter(state__in=(Edition.State.APPROVED, Edition.State.FROZEN))

    def waiting(self) -> "EditionQuerySet":
        """Editions that approval by the clock may still release."""
        return self.filter(state=Edition.State.DRAFT)


class Edition(models.Model):
    """One topic's papers of one day, as the editor leaves them.

    draft → approved → frozen; an editor may hold it, and un-approve it until the first digest froze it.
    """

    State = states.EditionState

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="editions")
    day = models.DateField(db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    note = models.JSONField(
        default=dict, blank=True, help_text="The editor's note by language: {code: text}."
    )
    candidates_count = models.PositiveIntegerField(default=0, help_text="How many papers of the day matched.")
    composed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    frozen_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(
        default=0, help_text="Counts changes: two editors notice each other."
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-day", "topic__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "day"], name="unique_edition_topic_day"),
            within("state", states.EditionState, "edition_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} · {self.day:%F}"


class Entry(models.Model):
    """A paper's place in an edition, and why it is there."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="entries")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    is_pinned = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)
    matched = models.JSONField(default=list, blank=True, help_text="The paper's words that made it match.")
    strength = models.FloatField(
        null=True,
        blank=True,
        help_text="How much it is about the topic, from 0 to 1; empty where nobody has weighed it.",
    )

    class Meta:
        verbose_name_plural = "entries"
        ordering: ClassVar = ["-is_pinned", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "paper"], name="unique_entry_edition_paper"),
            models.CheckConstraint(condition=~Q(is_pinned=True, is_hidden=True), name="entry_not_both"),
        ]
        indexes: ClassVar = [models.Index(fields=["paper"], name="entry_hidden", condition=Q(is_hidden=True))]

    def __str__(self) -> str:
        return f"{self.position}. {self.paper_id}"
