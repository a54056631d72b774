"""What papers are about, in numbers: made once for a paper, when it comes."""

from typing import ClassVar

from django.db import models

from newsletter.models.papers import Paper


class PaperFeatures(models.Model):
    """A paper's terms and authors as numbers, which never change: not with a version, not with the corpus.

    So a reader's taste can be computed anew from votes and is the same.
    """

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, primary_key=True, related_name="features")
    number = models.PositiveBigIntegerField(unique=True, help_text="Papers are counted as they come.")
    terms = models.BinaryField(help_text="Buckets (4 bytes each), then weights (2 bytes each).")
    authors = models.BinaryField(help_text="Keys of the names (8 bytes each), in the paper's order.")

    class Meta:
        verbose_name_plural = "paper features"

    def __str__(self) -> str:
        return f"features {self.number} of {self.paper_id}"


class PaperAuthor(models.Model):
    """A name (its key) stands on the paper with that number."""

    author = models.BigIntegerField()
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["author", "number"], name="unique_paper_author")
        ]

    def __str__(self) -> str:
        return f"{self.author} on {self.number}"


class RelatedPapers(models.Model):
    """The papers that are nearest to one, the nearest first, each with the reason in words."""

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, primary_key=True, related_name="nearest")
    nearest = models.JSONField(default=list, help_text="Each: paper's id, score, shared terms and authors.")

    class Meta:
        verbose_name_plural = "related papers"

    def __str__(self) -> str:
        return f"papers near {self.paper_id}"


class Corpus(models.Model):
    """All papers together; the one row. ``papers`` have features; the last of them has that number."""

    papers = models.PositiveBigIntegerField(default=0)
    frequencies = models.BinaryField(default=bytes, help_text="How many papers have each term, compressed.")
    background = models.BinaryField(default=bytes, help_text="The mean vector of the newest papers.")

    class Meta:
        verbose_name_plural = "corpus"

    def __str__(self) -> str:
        return f"{self.papers} papers"
