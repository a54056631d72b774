"""What somebody typed at the desk and has not saved: kept for that person alone, and offered on return."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from newsletter.desk.models import TypedDraft

KEPT_FOR = timedelta(days=14)
MOST_FIELDS = 40
LONGEST = 8000  # characters of one field
_NOT_TYPED = ("csrfmiddlewaretoken", "act", "revision", "seen", "entry", "draft-page", "p", "next")


def keep(user: Any, page: str, posted: Mapping[str, str], *, now: datetime) -> None:
    """Keep the fields of a form as they are typed now; what older drafts left is let go."""
    TypedDraft.objects.filter(at__lt=now - KEPT_FOR).delete()
    fields = {str(name)[:60]: str(text)[:LONGEST] for name, text in posted.items() if name not in _NOT_TYPED}
    row = TypedDraft.objects.filter(user=user, page=page[:200]).first()
    together = {**(row.fields if row else {}), **dict(list(fields.items())[:MOST_FIELDS])}
    TypedDraft.objects.update_or_create(user=user, page=page[:200], defaults={"fields": together, "at": now})


def find(user: Any, page: str, *, now: datetime) -> dict[str, str]:
    """What ``user`` typed into ``page``, by the names of its fields; nothing if it is too old."""
    row = TypedDraft.objects.filter(user=user, page=page, at__gte=now - KEPT_FOR).first()
    return {str(name): str(text) for name, text in row.fields.items()} if row else {}


def drop(user: Any, page: str) -> None:
    """It is saved, or not wanted any more."""
    TypedDraft.objects.filter(user=user, page=page).delete()
