"""Constraints that more than one table has."""

from django.db import models
from django.db.models import Q


def within(name: str, choices: type[models.TextChoices], constraint: str) -> models.CheckConstraint:
    """The constraint that field ``name`` holds one of ``choices`` and nothing else."""
    return models.CheckConstraint(condition=Q(**{f"{name}__in": choices.values}), name=constraint)
