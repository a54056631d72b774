"""The rows of the desk: changes of editions, versions of summaries, drafts, settings, failed items."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q


class EditionChange(models.Model):
    """One act on an edition. ``before`` is what undoing it restores; ``revision`` is the one it led to."""

    edition = models.ForeignKey("newsletter.Edition", on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=12)
    detail = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    revision = models.PositiveIntegerField()
    before = models.JSONField(default=dict)
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "revision"], name="unique_edition_change_revision")
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.kind} {self.at:%F %T}"


class SummaryVersion(models.Model):
    """What a summary said before somebody changed it at the desk, or what an editor made of it."""

    summary = models.ForeignKey("newsletter.Summary", on_delete=models.CASCADE, related_name="kept_versions")
    author = models.CharField(max_length=8, help_text="Whose words: model, editor or extract.")
    draft = models.JSONField(help_text="{title, sentence, takeaways, keywords}")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.summary_id} {self.author} {self.at:%F %T}"


class TypedDraft(models.Model):
    """What somebody typed into a page of the desk and has not saved yet."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=200, help_text="The path of the page.")
    fields = models.JSONField(default=dict, help_text="The texts by the names of the form's fields.")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "page"], name="unique_typed_draft")]

    def __str__(self) -> str:
        return f"{self.page} by {self.user_id}"


class DaySettings(models.Model):
    """What an editor may change from one day to the next. What is empty is as the environment says.

    There is one row at most; :mod:`newsletter.day_rules` says what holds.
    """

    ONLY = 1  # its id

    class Late(models.TextChoices):
        EXTRACT = "extract", "it comes as an extract of the abstract"
        NEXT_DAY = "next-day", "it waits for the next day"

    approve_hour = models.PositiveSmallIntegerField(
        "auto-approval hour",
        null=True,
        blank=True,
        validators=[MaxValueValidator(23)],
        help_text="The hour (UTC) at which drafts of the day are released by themselves, 0 to 23.",
    )
    edition_size = models.PositiveSmallIntegerField(
        "papers of an edition on a page",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="How many papers of one topic and day pages show at first; editions hold all that belong.",
    )
    late_summaries = models.CharField(
        "a summary that is late",
        max_length=8,
        blank=True,
        choices=Late.choices,
        help_text="What becomes of a paper whose summary is not ready at the reader's hour.",
    )
    readings_a_day = models.PositiveSmallIntegerField(
        "papers read in depth",
        null=True,
        blank=True,
        validators=[MaxValueValidator(10_000)],
        help_text="On one day: those that an editor pinned, then those with most votes.",
    )
    reading_min_votes = models.PositiveIntegerField(
        "votes for reading in depth",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10**9)],
        help_text="How many votes a paper needs to be read in depth unpinned.",
    )
    tokens_a_day = models.PositiveBigIntegerField(
        "tokens a day",
        null=True,
        blank=True,
        validators=[MaxValueValidator(10**12)],
        help_text="What models may take on one day; what is not written then goes out as an extract.",
    )
    languages = models.JSONField(
        "languages offered",
        default=list,
        blank=True,
        help_text="What new readers may choose; none ticked: all. Readers keep the one they have.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "settings of the day"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="only_one_settings_of_the_day"),
            models.CheckConstraint(
                condition=Q(approve_hour__isnull=True) | Q(approve_hour__lte=23),
                name="approve_hour_of_a_day",
            ),
            models.CheckConstraint(
                condition=Q(edition_size__isnull=True) | Q(edition_size__gte=1, edition_size__lte=1000),
                name="edition_size_sensible",
            ),
        ]

    def __str__(self) -> str:
        return "settings of the day"


class SetAsideQuerySet(models.QuerySet["SetAside"]):
    """Queries for what stages set aside."""

    def needing_a_person(self) -> "SetAsideQuerySet":
        """What waits for a person's decision: all that was set aside and not dropped."""
        return self.filter(state=SetAside.State.WAITING)

    def about(self, owner: str) -> "SetAsideQuerySet":
        """Everything that was set aside of ``owner``, such as "reader 44": itself and what is its own."""
        return self.filter(Q(item=owner) | Q(owner=owner))


class SetAside(models.Model):
    """An item that one stage could not do, so that the stage could go on without it.

    ``item`` names it without saying anything of it: "reader 44". Where it is empty the row is about the
    whole stage: everything failed in the same way, which is no item's fault. The row of an item that
    succeeds later is deleted.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "set aside"
        DROPPED = "dropped", "dropped: never tried again"

    stage = models.CharField(max_length=40)
    item = models.CharField(max_length=120, blank=True)
    owner = models.CharField(max_length=40, blank=True, help_text="Whose it is: deleted with them.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=300)
    content = models.JSONField(
        default=dict, blank=True, help_text="Data of an item that is in no other table."
    )
    count = models.PositiveIntegerField(default=1, help_text="How often it failed.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True, blank=True, help_text="The stage leaves it alone until then.")

    objects = SetAsideQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "set aside"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stage", "item"], name="unique_set_aside_item"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "dropped"]), name="set_aside_state_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner"], name="set_aside_owner", condition=~Q(owner="")),
        ]

    def __str__(self) -> str:
        return f"{self.stage}: {self.item or 'everything'}"
