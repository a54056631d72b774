"""The index of public papers as rows: what :mod:`newsletter.search` finds papers with."""

from typing import ClassVar

from django.db import models

from newsletter.models.papers import Paper


class SearchEntry(models.Model):
    """One public paper in the index.

    The databases' own full text search reads ``tokens``: a GIN index of tsvectors in PostgreSQL, an FTS5
    table that triggers keep in SQLite. A migration that alters this table makes those anew.
    """

    number = models.BigIntegerField(
        primary_key=True, help_text="Its first public day (proleptic Gregorian ordinal) × 2³² + its paper."
    )
    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="search_entry")
    stamp = models.CharField(max_length=32, help_text="Of what it was made from: another one is out of date.")
    tokens = models.TextField(help_text="Each once, in order, separated by blanks.")
    weights = models.BinaryField(help_text="How much each token says of the paper, a byte each.")

    class Meta:
        verbose_name_plural = "search entries"

    def __str__(self) -> str:
        return f"index of {self.paper_id}"


class SearchTerm(models.Model):
    """A word of the index, and how many papers have it. ``head`` and ``tail`` are its first and last three
    letters, by which words are found that somebody mistyped."""

    word = models.CharField(max_length=48, primary_key=True)
    papers = models.PositiveIntegerField(default=0)
    stem = models.CharField(max_length=48, blank=True)
    head = models.CharField(max_length=3)
    tail = models.CharField(max_length=3)
    length = models.PositiveSmallIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["stem"], name="search_term_stem"),
            models.Index(fields=["head", "length"], name="search_term_head"),
            models.Index(fields=["tail", "length"], name="search_term_tail"),
        ]

    def __str__(self) -> str:
        return f"{self.word}: {self.papers}"


class SearchProgress(models.Model):
    """How far the index is; the one row. ``last_paper`` is the last that was compared with its entry."""

    last_paper = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "search progress"

    def __str__(self) -> str:
        return f"up to {self.last_paper}"
