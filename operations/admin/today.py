"""The desk's first page, with what is wrong with Paperpost itself above all else."""

from typing import Any

from django.http import HttpRequest

from subscriptions.admin import today


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template of the first page shows (the callback that Unfold asks)."""
    return today.dashboard(request, context)
