"""What readers' votes say of their tastes, and what they took out of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsletter.models import within
from subscriptions.models import states
from subscriptions.models.subscribers import Subscriber


class Taste(models.Model):
    """A reader's taste as learned from votes: a cache, which can be made anew from them.

    ``recipe`` is the one by which it was made (:data:`subscriptions.taste.profile.RECIPE`). One that
    ``is_outdated`` is made anew soon, because votes changed that it was made from.
    """

    subscriber = models.OneToOneField(
        Subscriber, on_delete=models.CASCADE, primary_key=True, related_name="learned_taste"
    )
    profile = models.BinaryField(default=bytes, help_text="At most 8 KB.")
    recipe = models.PositiveSmallIntegerField(default=0)
    is_outdated = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subscriber"], name="taste_outdated", condition=Q(is_outdated=True))
        ]

    def __str__(self) -> str:
        return f"taste of {self.subscriber_id}"


class TasteOverride(models.Model):
    """What a reader took out of what was learned, or wants fewer of.

    ``key`` names it among its kind: the key of a name, a bucket, a category, the id of a topic. ``label`` is
    what the reader saw.
    """

    Kind = states.TasteKind

    Stance = states.TasteStance

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="taste_overrides")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=300)
    stance = models.CharField(max_length=6, choices=Stance.choices)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "kind", "key"], name="unique_taste_override"),
            within("kind", states.TasteKind, "taste_override_kind_known"),
            within("stance", states.TasteStance, "taste_override_stance_known"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} {self.stance} {self.kind} {self.key}"
