"""Unsaved text of the desk's forms, stored for the user who typed it and offered on return.

Every button of a page sends all fields of the page, and with them the :func:`fingerprint` of what it showed.
So the server knows which fields were edited, also without any script.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict

from newsletter.models.desk import TypedDraft

KEPT_FOR = timedelta(days=14)
MOST_FIELDS = 40
LONGEST = 8000  # characters of one field
_NOT_TYPED = frozenset(
    [
        *("csrfmiddlewaretoken", "act", "revision", "seen", "shown", "draft-page", "p", "next"),
        *("entry", "attempt", "to", "into"),
    ]
)


def fingerprint(fields: Mapping[str, str]) -> str:
    """A digest of each field that a page shows: ``name:digest name:digest``."""
    return " ".join(f"{name}:{digest(text)}" for name, text in fields.items() if _plain(text))


def digest(text: str) -> str:
    """16 hexadecimal digits of the SHA-256 of ``text``; line ends do not count."""
    return hashlib.sha256(_plain(text).encode("utf-8", "replace")).hexdigest()[:16]


def typed(posted: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form that differ from what its page showed. Of several values each has a line."""
    shown = dict(word.rpartition(":")[::2] for word in str(posted.get("shown", "")).split())
    fields = {
        str(name)[:60]: _together(posted, name)[:LONGEST]
        for name in posted
        if name not in _NOT_TYPED and not name.startswith("_")
    }
    return {name: text for name, text in fields.items() if shown.get(name, digest("")) != digest(text)}


def keep(user: Any, page: str, posted: Mapping[str, Any], *, now: datetime) -> None:
    """Store the edited fields of a form as the user's draft, and delete drafts that are too old."""
    TypedDraft.objects.filter(at__lt=now - KEPT_FOR).delete()
    fields = typed(posted)
    if not fields:
        return
    row = TypedDraft.objects.filter(user=user, page=page[:200]).first()
    together = {**(row.fields if row else {}), **dict(list(fields.items())[:MOST_FIELDS])}
    TypedDraft.objects.update_or_create(user=user, page=page[:200], defaults={"fields": together, "at": now})


def find(user: Any, page: str, *, now: datetime) -> dict[str, str]:
    """What ``user`` typed into ``page``, by the names of its fields; nothing if it is too old."""
    row = TypedDraft.objects.filter(user=user, page=page, at__gte=now - KEPT_FOR).first()
    return {str(name): str(text) for name, text in row.fields.items()} if row else {}


def unsaved(user: Any, page: str, saved: Mapping[str, str], *, now: datetime) -> dict[str, str]:
    """Of what ``user`` typed into ``page``: what differs from ``saved``, which has a text for each field."""
    draft = find(user, page, now=now)
    return {
        name: draft[name] for name in saved if name in draft and _plain(draft[name]) != _plain(saved[name])
    }


def drop(user: Any, page: str, saved: Callable[[str], bool] = lambda _: True) -> None:
    """Delete the fields of the draft that are ``saved``, by default all of them."""
    row = TypedDraft.objects.filter(user=user, page=page).first()
    if row is None:
        return
    row.fields = {name: text for name, text in row.fields.items() if not saved(name)}
    if row.fields:
        row.save(update_fields=["fields"])
    else:
        row.delete()


def _plain(text: str) -> str:
    """Without what a browser changes: line ends, and white space at either end."""
    return text.replace("\r\n", "\n").strip()


def _together(posted: Mapping[str, Any], name: str) -> str:
    return "\n".join(posted.getlist(name)) if isinstance(posted, QueryDict) else str(posted[name])
