"""Where a public page stands on the web: its address, its other languages, what lies before and after it.

Every public view gives its template one :class:`Placement` as ``place``; ``web/base.html`` makes the head of
the page from it, and the links to the pages before and after.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from newsletter.languages import LANGUAGES

INTERFACE = tuple(code for code, spec in LANGUAGES.items() if spec.django_code in dict(settings.LANGUAGES))
"""The languages that pages have texts in, by their codes in :mod:`newsletter.languages`."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A page before or after this one: its path and what it is called."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of what this page lists. ``kind`` is its media type."""

    path: str
    name: str
    kind: str = "application/atom+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A public page. Paths begin with ``/`` and hold no host.

    ``path`` is its canonical address with the parameters that matter; ``{language}`` in ``pattern`` stands
    for the language in the addresses of the same page in others, and is empty where there are none.
    ``picture`` is the path of what is shown where the page is shared, ``structured`` its schema.org object.
    """

    path: str
    title: str
    description: str
    language: str
    pattern: str = ""
    previous: Neighbour | None = None
    following: Neighbour | None = None
    feeds: tuple[Feed, ...] = ()
    picture: str = ""
    kind: str = "website"  # OpenGraph's type
    structured: Mapping[str, Any] | None = field(default=None, hash=False)
    is_indexed: bool = True

    @property
    def url(self) -> str:
        """The canonical address, whatever host was asked."""
        return settings.SITE_URL + self.path

    @property
    def addresses(self) -> list[tuple[str, str, str]]:
        """Code, own name and path of the page in each language of the interface."""
        if not self.pattern:
            return []
        return [
            (code, LANGUAGES[code].own_name, self.pattern.replace("{language}", code)) for code in INTERFACE
        ]

    @property
    def alternates(self) -> list[tuple[str, str]]:
        """hreflang and absolute address of each language, and the one for any other (``x-default``)."""
        pairs = [(code, settings.SITE_URL + path) for code, _name, path in self.addresses]
        return [*pairs, ("x-default", dict(pairs)["en"])] if pairs else []
