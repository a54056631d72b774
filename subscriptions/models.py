"""The rows of the people: subscribers and their wishes, consent, deliveries and what came back.

Invariants live in the database and have names. Addresses stand in ``Subscriber`` and nowhere else; what has
to outlive an erased person (a suppression) is a keyed hash.
"""

import uuid
from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from newsletter.models import Paper, Topic, within
from subscriptions import states
from subscriptions.addresses import address_hash, address_hashes
from subscriptions.fields import PicksField
from subscriptions.picks import Picks


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def active(self) -> "SubscriberQuerySet":
        return self.filter(state=Subscriber.State.ACTIVE)

    def due(self, now: datetime) -> "SubscriberQuerySet":
        """Active readers whose hour has come, in the order of their turn."""
        return self.active().filter(next_due_at__lte=now).order_by("next_due_at", "pk")


class Subscriber(models.Model):
    """A reader. pending → active ⇄ paused; unsubscribed and suppressed readers get nothing.

    ``next_due_at`` is the next moment at which the reader's own clock shows the reader's hour, kept in UTC so
    that who is due is one look at an index.
    """

    State = states.SubscriberState

    Cadence = states.Cadence

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    hour = models.PositiveSmallIntegerField(default=8)
    cadence = models.CharField(max_length=8, choices=Cadence.choices, default=Cadence.DAILY)
    weekday = models.PositiveSmallIntegerField(default=0, help_text="For once a week: 0 is Monday.")
    size = models.PositiveSmallIntegerField(default=10, help_text="How many papers in one digest.")
    queries = models.JSONField(default=list, blank=True, help_text="The reader's own queries.")
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


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_day(self, day: date) -> "DeliveryQuerySet":
        return self.filter(day=day)

    def claimable(self, now: datetime) -> "DeliveryQuerySet":
        """What may be sent now: queued, or deferred and its time has come."""
        return self.filter(
            Q(state=Delivery.State.QUEUED) | Q(state=Delivery.State.DEFERRED, retry_at__lte=now)
        )

    def arrived(self) -> "DeliveryQuerySet":
        """What its reader has had, or may have had, or will have."""
        return self.exclude(state__in=(Delivery.State.SKIPPED, Delivery.State.FAILED))


class Delivery(models.Model):
    """One digest for one reader on one of the reader's days: the line in the ledger.

    queued → claimed → sending → sent | deferred | failed | uncertain | skipped. ``picks`` was chosen when
    the row was made.
    """

    State = states.DeliveryState

    Reason = states.DeliveryReason

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="deliveries")
    day = models.DateField(help_text="The reader's own date.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.TextField(blank=True)
    reason_code = models.CharField(
        max_length=12, choices=Reason.choices, default=Reason.PLAIN, db_default="", blank=True
    )
    picks = PicksField(default=Picks, blank=True)
    language = models.CharField(max_length=10)
    message_id = models.CharField(max_length=120, blank=True)
    subject = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reply = models.TextField(blank=True, help_text="The mail server's last reply.")
    created_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        permissions: ClassVar = [
            ("steer_delivery", "Can pause, cancel, retry and settle deliveries"),
            ("preview_digest", "Can preview digests and send a test"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "day"], name="unique_delivery_reader_day"),
            within("state", states.DeliveryState, "delivery_state_known"),
            within("reason_code", states.DeliveryReason, "delivery_reason_code_known"),
            models.CheckConstraint(
                condition=Q(state__in=("claimed", "sending")) | Q(lease__isnull=True),
                name="delivery_lease_only_in_flight",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "id"],
                name="delivery_open",
                condition=Q(state__in=("queued", "claimed", "sending", "deferred")),
            ),
            models.Index(fields=["day", "state"], name="delivery_day_state"),
            models.Index(fields=["lease"], name="delivery_lease", condition=Q(lease__isnull=False)),
            models.Index(fields=["retry_at"], name="delivery_retry", condition=Q(state="deferred")),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} {self.day:%F}: {self.state}"


class SendingPace(models.Model):
    """How fast the mail server lets us send, as it taught us; one row at most, and none until it refused.

    ``until``: it has refused and not taken anything since; nothing is tried before then. ``rate``, in
    messages a second, is what it took over a whole cycle of sending and waiting: ``taken`` since
    ``begun_at``. ``since``: when it last refused, or took mail again; ``problem`` are its words.
    """

    rate = models.FloatField(default=0.0)
    pause = models.FloatField(default=0.0, help_text="Seconds.")
    until = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    problem = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.rate:g} messages a second since {self.since:%F %H:%M}"


class DayHold(models.Model):
    """The operator paused or cancelled a day's deliveries."""

    State = states.HoldState

    day = models.DateField(help_text="The reader's own date.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PAUSED)
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day"], name="unique_day_hold"),
            within("state", states.HoldState, "day_hold_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%F} {self.state}"


class DeliveryEvent(models.Model):
    """Something that came back about a mail: a bounce, a complaint, a reply.

    Only what is certain acts at once; what is doubtful waits for a second one, and what nothing proves is
    kept to be looked at. Without a delivery it is about a notice, or names none of our mails.
    """

    Kind = states.DeliveryEventKind
    Standing = states.EventStanding

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    standing = models.CharField(max_length=8, choices=Standing.choices, default=Standing.CERTAIN)
    final = models.BooleanField(default=True, help_text="The mail will not arrive: no notice of delay.")
    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "event_id"], name="unique_delivery_event"),
            within("kind", states.DeliveryEventKind, "delivery_event_kind_known"),
            within("standing", states.EventStanding, "delivery_event_standing_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="delivery_event_at"),
            models.Index(fields=["at"], name="delivery_event_unproven", condition=Q(standing="unproven")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.source}"


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def of(self, address: str) -> "SuppressionQuerySet":
        """What is kept of ``address``, under whichever of the site's secrets."""
        return self.filter(address_hash__in=address_hashes(address))

    def keep_out(self, address: str, *, reason: states.SuppressionReason, at: datetime) -> None:
        """Suppress ``address``, unless it is suppressed already: the first reason stays."""
        if not self.of(address).exists():
            self.get_or_create(address_hash=address_hash(address), defaults={"reason": reason, "at": at})


class Suppression(models.Model):
    """An address that must not be written to, as a keyed hash: it outlives the person's rows."""

    Reason = states.SuppressionReason

    address_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    at = models.DateTimeField()

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        permissions: ClassVar = [("lift_suppression", "Can lift suppressions")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["address_hash"], name="unique_suppression_address"),
            within("reason", states.SuppressionReason, "suppression_reason_known"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.at:%F}"


class Departure(models.Model):
    """Somebody who left a list elsewhere, as a keyed hash: no import brings the address back.

    It stops imports and nothing else. It is no suppression: whoever signs up at the form may come back.
    """

    address_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["address_hash"], name="unique_departure_address"),
        ]

    def __str__(self) -> str:
        return f"left elsewhere {self.at:%F}"


class LiftedSuppression(models.Model):
    """A suppression that an owner took back: of which address (hashed), when, by whom and why."""

    address_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=12, choices=states.SuppressionReason.choices)
    suppressed_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    why = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            within("reason", states.SuppressionReason, "lifted_suppression_reason_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["address_hash"], name="lifted_suppression_address")]

    def __str__(self) -> str:
        return f"{self.reason}, lifted {self.at:%F}"


class Vote(models.Model):
    """More like this (+1) or less like this (-1)."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="votes")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="reader_votes")
    value = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "paper"], name="unique_vote"),
            models.CheckConstraint(condition=Q(value__in=(-1, 1)), name="vote_more_or_less"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} {self.value:+d} {self.paper_id}"
