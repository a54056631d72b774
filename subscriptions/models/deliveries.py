"""The ledger of digests: who gets which, in which state it is, and what holds it up."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest

from lib.leases import Leased, LeasedQuerySet
from newsletter.models import within
from subscriptions.models import states
from subscriptions.models.fields import PicksField
from subscriptions.models.subscribers import Subscriber
from subscriptions.picks import Picks


class DeliveryQuerySet(LeasedQuerySet["Delivery"]):
    """Rows of the ledger by what became of them."""

    def for_day(self, day: date) -> "DeliveryQuerySet":
        """The rows of the readers' own ``day``."""
        return self.filter(day=day)

    def claimable(self, now: datetime) -> "DeliveryQuerySet":
        """What may be sent now: queued, or deferred and its time has come."""
        return self.filter(
            Q(state=Delivery.State.QUEUED) | Q(state=Delivery.State.DEFERRED, retry_at__lte=now)
        )

    def go_on(self, now: datetime) -> int:
        """Those that wait could not be sent before ``now``. Returns how many wait."""
        waiting = self.filter(state__in=(Delivery.State.QUEUED, Delivery.State.DEFERRED))
        return waiting.update(waits_from=now)

    def with_waiting_since(self) -> "models.QuerySet[Any]":
        """Each with ``waiting_since``: the moment from which on it could be sent.

        That is when it was made, what ``waits_from`` says, or when its day was resumed, if that was later.
        """
        own = Coalesce("waits_from", "created_at")
        resumed = DayHold.objects.filter(day=OuterRef("day"), state=DayHold.State.RESUMED)
        # SQLite's greatest of a moment and nothing is nothing.
        of_day = Coalesce(Subquery(resumed.values("at")), own)
        return self.annotate(waiting_since=Greatest(own, of_day))

    def arrived(self) -> "DeliveryQuerySet":
        """What its reader has had, or may have had, or will have."""
        return self.exclude(state__in=(Delivery.State.SKIPPED, Delivery.State.FAILED))


class Delivery(Leased):
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
    revisions = models.TextField(
        null=True,
        blank=True,
        help_text="Which revision of each summary it carried (subscriptions.carried); none: not known.",
    )
    message_id = models.CharField(max_length=120, blank=True)
    subject = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reply = models.TextField(blank=True, help_text="The mail server's last reply.")
    created_at = models.DateTimeField()
    waits_from = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when it can be sent, where it could not before: after a pause, on a person's word.",
    )
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


class DayHoldQuerySet(models.QuerySet["DayHold"]):
    """Days by what the operator did to them."""

    def stopped(self) -> "DayHoldQuerySet":
        """The days of which nothing is sent: paused, or cancelled."""
        return self.exclude(state=DayHold.State.RESUMED)


class DayHold(models.Model):
    """The operator paused or cancelled a day's deliveries, ``at`` that moment; or resumed what was paused.

    The row of a resumed day says since when its digests can be sent: so none of theirs need be written.
    """

    State = states.HoldState

    day = models.DateField(help_text="The reader's own date.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PAUSED)
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)

    objects = DayHoldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day"], name="unique_day_hold"),
            within("state", states.HoldState, "day_hold_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%F} {self.state}"


class SendingHold(models.Model):
    """No digest is sent until a person agrees; one row for a reason, and kept once it is released.

    ``sentence`` says why, for people. ``stops_notices``: nor is any mail that a reader asked for.
    """

    Kind = states.SendingHoldKind

    kind = models.CharField(max_length=12, choices=Kind.choices)
    sentence = models.TextField()
    stops_notices = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(released_at=None), name="one_open_sending_hold_of_a_kind"
            ),
            within("kind", states.SendingHoldKind, "sending_hold_kind_known"),
        ]

    def __str__(self) -> str:
        return self.sentence
