"""Rows that one worker at a time works on: claimed by a conditional UPDATE, and settled by their holder.

A row waits until ``retry_at``. A worker claims it under a lease of its own, until ``lease_until``, and
changes it only while it is under that lease. Any worker may take back a row whose lease has expired.
"""

import uuid
from datetime import datetime
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

M = TypeVar("M", bound="Leased")


def is_due(now: datetime) -> Q:
    """What need not wait any longer at ``now``."""
    return Q(retry_at__isnull=True) | Q(retry_at__lte=now)


class LeasedQuerySet(models.QuerySet[M]):
    """The steps of a claim. Each is one UPDATE, so of two workers one gets a row."""

    def claim(self, lease: uuid.UUID, *, until: datetime, **fields: Any) -> int:
        """Put these rows under ``lease``, with ``fields`` such as their new state. Returns how many."""
        return self.update(lease=lease, lease_until=until, **fields)

    def renew(self, *, until: datetime, **fields: Any) -> int:
        """Let these rows' leases last until ``until``, with ``fields``. Returns how many."""
        return self.update(lease_until=until, **fields)

    def held_by(self, lease: uuid.UUID | None) -> Self:
        """Those that are still under ``lease``; none for no lease."""
        return self.none() if lease is None else self.filter(lease=lease)

    def expired(self, now: datetime) -> Self:
        """Those whose lease has expired."""
        return self.filter(lease_until__lt=now)

    def release(self, **fields: Any) -> int:
        """End the lease of these rows, with ``fields`` such as their new state. Returns how many."""
        return self.update(lease=None, lease_until=None, **fields)


class Leased(models.Model):
    """A row that can be claimed. Its queries are a :class:`LeasedQuerySet`."""

    retry_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
