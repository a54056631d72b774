"""What papers are sorted by."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class TopicQuerySet(models.QuerySet["Topic"]):
    """Queries for topics."""

    def active(self) -> "TopicQuerySet":
        """Topics that get editions."""
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
