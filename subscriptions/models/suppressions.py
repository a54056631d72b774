"""Addresses that get nothing, kept as keyed hashes."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from newsletter.models import within
from subscriptions.addresses import address_hash, address_hashes
from subscriptions.models import states


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    """Suppressed addresses, which are kept as keyed hashes."""

    def of(self, address: str) -> "SuppressionQuerySet":
        """What is kept of ``address``, under whichever of the site's secrets."""
        return self.filter(address_hash__in=address_hashes(address))

    def keep_out(self, address: str, *, reason: states.SuppressionReason, at: datetime) -> None:
        """Suppress ``address``, unless it is suppressed already: the first reason stays.

        Callers enter it in the journal of wishes (:mod:`subscriptions.journal`), which stands above the rows.
        """
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


class UnwrittenWish(models.Model):
    """An entry of the journal of wishes, kept until its file has it: a moment, or while a disk is full."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    address_hash = models.CharField(max_length=64)
    to_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "unwritten wishes"

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%F}"
