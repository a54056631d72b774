"""Readers, their wishes, what they agreed to and what they have coming."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from newsletter.models import Paper, Topic, within
from subscriptions.models import states


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    """Readers by their state."""

    def active(self) -> "SubscriberQuerySet":
        """Those who confirmed and neither paused nor left."""
        return self.filter(state=Subscriber.State.ACTIVE)

    def due(self, now: datetime) -> "SubscriberQuerySet":
        """Active readers whose hour has come, in the order of their turn."""
        return self.active().filter(next_due_at__lte=now).order_by("next_due_at", "pk")

    def pending_since(self, moment: datetime) -> "SubscriberQuerySet":
        """Those who have not confirmed what they sent before ``moment``, and have sent no form since."""
        forms = ConsentEvent.objects.filter(kind=ConsentEvent.Kind.SIGNED_UP, at__gte=moment)
        pending = self.filter(state=Subscriber.State.PENDING, created_at__lt=moment)
        return pending.exclude(pk__in=forms.values("subscriber"))


class Subscriber(models.Model):
    """A reader. pending → active ⇄ paused; unsubscribed and suppressed readers get nothing.

    ``next_due_at`` is the next moment at which the reader's own clock shows the reader's hour, kept in UTC so
    that who is due is one look at an index.
    """

    State = states.SubscriberState

    Cadence = states.Cadence

    Layout = states.Layout

    Taste = states.TasteState

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    hour = models.PositiveSmallIntegerField(default=8)
    cadence = models.CharField(max_length=8, choices=Cadence.choices, default=Cadence.DAILY)
    weekday = models.PositiveSmallIntegerField(default=0, help_text="For once a week: 0 is Monday.")
    size = models.PositiveSmallIntegerField(default=10, help_text="How many papers in one digest.")
    layout = models.CharField(
        max_length=8,
        choices=states.Layout.choices,
        blank=True,
        default="",
        help_text="How much room papers have; empty: as DIGEST_LAYOUT says.",
    )
    groups_topics = models.BooleanField(default=False, help_text="Papers stand under their topics.")
    queries = models.JSONField(default=list, blank=True, help_text="The reader's own queries.")
    taste = models.CharField(
        max_length=6,
        choices=Taste.choices,
        default=Taste.ON,
        help_text="Whether votes change the order of this reader's papers.",
    )
    wants_updates = models.BooleanField(default=False, help_text="Also tell of notable new versions.")
    topics: "models.ManyToManyField[Topic, Subscription]" = models.ManyToManyField(
        Topic, through="Subscription", related_name="subscribers"
    )
    paused_until = models.DateField(null=True, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True)
    last_edition_day = models.DateField(
        null=True, blank=True, help_text="The last day whose editions this reader has had."
    )
    quiet_day = models.DateField(
        null=True, blank=True, help_text="The reader's last day on which there was nothing to send."
    )
    quiet_reason = models.CharField(max_length=120, blank=True, help_text="Why there was nothing.")
    links_epoch = models.PositiveIntegerField(default=0, help_text="Counting up makes older links invalid.")
    new_email = models.EmailField(
        max_length=254, blank=True, help_text="Wished for, and not yet confirmed at both ends."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        permissions: ClassVar = [
            ("see_addresses", "Can see readers' addresses"),
            ("tend_subscriber", "Can unsubscribe and suppress readers"),
            ("erase_subscriber", "Can erase readers"),
            ("export_subscribers", "Can export what is kept of readers"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="unique_subscriber_email"),
            models.UniqueConstraint(fields=["public_id"], name="unique_subscriber_public_id"),
            within("state", states.SubscriberState, "subscriber_state_known"),
            within("cadence", states.Cadence, "subscriber_cadence_known"),
            models.CheckConstraint(
                condition=Q(layout__in=["", *states.Layout.values]), name="subscriber_layout_known"
            ),
            within("taste", states.TasteState, "subscriber_taste_known"),
            models.CheckConstraint(condition=Q(hour__lte=23), name="subscriber_hour_of_a_day"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="subscriber_weekday_of_a_week"),
            models.CheckConstraint(condition=Q(size__gte=1, size__lte=50), name="subscriber_size_sensible"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_due_at"], name="subscriber_due", condition=Q(state="active")),
        ]

    def __str__(self) -> str:
        return f"reader {self.pk}"


class Subscription(models.Model):
    """A reader follows a topic."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="subscriptions")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "topic"], name="unique_subscription")
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} follows {self.topic_id}"


class SignUp(models.Model):
    """A form as it came in, not yet looked at; gone once a worker has received it.

    A sign-up is one insert whatever is known of its address, so that neither text nor timing tells a stranger
    who reads Paperpost; and it waits here when the broker is away.
    """

    email = models.EmailField(max_length=254)
    wishes = models.JSONField(default=dict)
    language = models.CharField(max_length=10)
    text_version = models.CharField(max_length=20)
    origin_hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "sign-up"

    def __str__(self) -> str:
        return f"sign-up {self.pk}"


class ConsentEvent(models.Model):
    """Proof of what a reader agreed to or withdrew: when, to which text, from where (hashed)."""

    Kind = states.ConsentKind

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="consent_events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    text_version = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10, blank=True)
    origin_hash = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [within("kind", states.ConsentKind, "consent_kind_known")]

    def __str__(self) -> str:
        return f"{self.subscriber_id} {self.kind} {self.at:%F}"


class OwedNotice(models.Model):
    """A notice that a reader has coming; gone once it is sent or not wanted any more.

    Tasks only bring it on its way: a broker that loses them costs a minute, not somebody's confirmation.
    """

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="owed_notices")
    kind = models.CharField(max_length=20, choices=states.NoticeKind.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "kind"], name="unique_owed_notice"),
            within("kind", states.NoticeKind, "owed_notice_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.subscriber_id}"


class Vote(models.Model):
    """More like this (+1) or less like this (-1).

    ``corpus`` is how many papers there were when it was cast, 0 where that is not known: what is learned from
    it looks at these alone, so that it is the same whenever it is learned.
    """

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="votes")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="reader_votes")
    value = models.SmallIntegerField()
    at = models.DateTimeField()
    corpus = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "paper"], name="unique_vote"),
            models.CheckConstraint(condition=Q(value__in=(-1, 1)), name="vote_more_or_less"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} {self.value:+d} {self.paper_id}"
