"""Channels: chats and webhooks that get a day's papers, and the ledger of what each was sent."""

from datetime import datetime
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from lib.leases import Leased, LeasedQuerySet, is_due
from newsletter.models import states
from newsletter.models.constraints import within
from newsletter.models.topics import Topic

MOST_PAPERS = 60


class ChannelQuerySet(models.QuerySet["Channel"]):
    """Queries for channels."""

    def on(self) -> "ChannelQuerySet":
        """Those that post."""
        return self.filter(is_on=True)


class Channel(models.Model):
    """A chat or a webhook that gets a topic's papers of each day, in a language, at an hour.

    ``address`` and ``secret`` let whoever knows them post there: no page, log or error shows them.
    """

    Service = states.ChannelService
    Form = states.ChannelForm

    name = models.CharField(max_length=80)
    service = models.CharField(max_length=12, choices=Service.choices)
    address = models.TextField(blank=True)
    secret = models.TextField(blank=True)
    target = models.CharField(max_length=255, blank=True, help_text="The room or chat, where one is named.")
    topic = models.ForeignKey(
        Topic,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="channels",
        help_text="Empty: all papers of the day.",
    )
    language = models.CharField(max_length=10, default="en")
    hour = models.PositiveSmallIntegerField(
        default=9,
        validators=[MaxValueValidator(23)],
        help_text="From 0 to 23, by the clock of the time zone; later if the day is late.",
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    size = models.PositiveSmallIntegerField(
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PAPERS)],
        help_text=f"Papers of one post, 1 to {MOST_PAPERS}.",
    )
    form = models.CharField(max_length=10, choices=Form.choices, default=Form.STANDARD)
    says_empty = models.BooleanField(
        "say when there is nothing", default=False, help_text="A line on days without papers; else silence."
    )
    is_on = models.BooleanField("on", default=True)
    created_at = models.DateTimeField(help_text="Days before are not posted.")
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], name="unique_channel_name"),
            within("service", states.ChannelService, "channel_service_known"),
            within("form", states.ChannelForm, "channel_form_known"),
            models.CheckConstraint(condition=Q(hour__lte=23), name="channel_hour_of_a_day"),
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=MOST_PAPERS), name="channel_size_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ChannelPostQuerySet(LeasedQuerySet["ChannelPost"]):
    """Rows of the ledger by what is to be done with them."""

    def waiting(self) -> "ChannelPostQuerySet":
        """What is still to be sent, now or later."""
        return self.filter(state__in=(ChannelPost.State.QUEUED, ChannelPost.State.DEFERRED))

    def claimable(self, now: datetime) -> "ChannelPostQuerySet":
        """What may be sent now, of channels that are on."""
        return self.waiting().filter(is_due(now), channel__is_on=True)


class ChannelPost(Leased):
    """One day for one channel: the line in the ledger.

    queued → claimed → sending → queued (more parts) | sent | deferred | failed | uncertain; skipped where
    nothing is left to send. ``papers`` are chosen anew until the first message has left. ``parts`` are the
    messages that left: their papers, their ids at the service and whether that is certain. ``serial`` counts
    the messages that were begun, so that what becomes of one is never written to another; ``round`` how often
    an editor had the whole day posted again.
    """

    State = states.PostState

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="posts")
    day = models.DateField(help_text="The day of the edition.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    papers = models.JSONField(default=list, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="How many papers the day had.")
    parts: Any = models.JSONField(default=list, blank=True)
    serial = models.PositiveIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Refusals in a row.")
    error = models.TextField(blank=True)
    late_at = models.DateTimeField(help_text="When it is too late to begin or to go on.")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = ChannelPostQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-day", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "day"], name="unique_channel_post_day"),
            within("state", states.PostState, "channel_post_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=("claimed", "sending")) | Q(lease__isnull=True),
                name="channel_post_lease_only_in_flight",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "retry_at"],
                name="channel_post_open",
                condition=Q(state__in=("queued", "claimed", "sending", "deferred")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.day:%F}: {self.state}"

    @property
    def done(self) -> frozenset[int]:
        """The papers of the parts that left, or may have."""
        return frozenset(paper for part in self.parts for paper in part["papers"])
