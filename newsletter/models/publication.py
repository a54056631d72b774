"""What this installation is called by machines, whatever its address becomes."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class PublicationQuerySet(models.QuerySet["Publication"]):
    """The one row."""

    def own(self) -> "Publication":
        """This installation's; made with the tables, and once more where somebody emptied them."""
        return self.first() or self.get_or_create(pk=Publication.ONLY)[0]


class Publication(models.Model):
    """This installation as the publisher of feeds. There is one row.

    The ids of feeds and of their entries are made from ``public_id`` (RFC 4287, 4.2.6: for ever the same, and
    nobody else's): an address may move, a secret is renewed, and other installations summarise the same
    papers.
    """

    ONLY = 1  # its id

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    since = models.DateTimeField(default=timezone.now, editable=False)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="only_one_publication")]

    def __str__(self) -> str:
        return f"{self.public_id} since {self.since:%F}"

    def urn(self, name: str) -> str:
        """The permanent id of what is called ``name`` here (RFC 9562: a UUID of version 5, as a URN)."""
        return uuid.uuid5(self.public_id, name).urn
