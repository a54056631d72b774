"""Thresholds: the ones that Paperpost begins with, and how a model's own are found."""

from newsletter.summaries.grounding.findings import Thresholds

DEFAULT = Thresholds()
