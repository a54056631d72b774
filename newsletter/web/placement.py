"""Where a public page stands on the web: its address, its other languages, what lies before and after it.

Every public view gives its template one :class:`Placement` as ``place``; ``web/base.html`` makes the head of
the page from it, and the links to the pages before and after.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString

from newsletter.languages import LANGUAGES
from newsletter.rendering.shortening import as_headline, columns
from newsletter.web.structured import Named, breadcrumbs, collection, embed

INTERFACE = tuple(code for code, spec in LANGUAGES.items() if spec.django_code in dict(settings.LANGUAGES))
"""The languages that pages have texts in, by their codes in :mod:`newsletter.languages`."""

LONGEST_TITLE = 70  # columns: what search engines and browsers' tabs show of one
LONGEST_DESCRIPTION = 160
PICTURE_SIZE = (1200, 630)
"""Width and height of a picture for sharing, in pixels: the shape that all services show uncut."""

_TERRITORIES = {
    "ar": "AR",  # OpenGraph's own name of Arabic
    "en": "US",
    "he": "IL",
    "hi": "IN",
    "ja": "JP",
    "ko": "KR",
    "vi": "VN",
    "zh-Hans": "CN",
    "zh-Hant": "TW",
}


def locale_of(code: str) -> str:
    """OpenGraph's name of a language: ``language_TERRITORY``."""
    name, _, region = code.partition("-")
    territory = _TERRITORIES.get(code) or (region if len(region) == 2 else name.upper())
    return f"{name}_{territory}"


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
    ``languages`` are those whose pages say it in their own words; a page in another one says it in English,
    and ``repeats`` the path of the English page.
    ``picture`` is the path of what is shown where the page is shared, empty for the site's; ``structured``
    is the page's schema.org object, ``above`` are the pages that lead to it, from below the front page down.
    """

    path: str
    title: str
    description: str
    language: str
    pattern: str = ""
    languages: tuple[str, ...] = INTERFACE
    repeats: str = ""
    previous: Neighbour | None = None
    following: Neighbour | None = None
    feeds: tuple[Feed, ...] = ()
    picture: str = ""
    kind: str = "website"  # OpenGraph's type
    structured: Mapping[str, Any] | None = field(default=None, hash=False)
    above: tuple[Neighbour, ...] = ()
    is_indexed: bool = True

    @property
    def url(self) -> str:
        """The canonical address, whatever host was asked."""
        return settings.SITE_URL + (self.repeats or self.path)

    @property
    def addresses(self) -> list[tuple[str, str, str]]:
        """Code, own name and path of the page in each language of the interface."""
        if not self.pattern:
            return []
        return [(code, LANGUAGES[code].own_name, self._path_in(code)) for code in INTERFACE]

    @property
    def alternates(self) -> list[tuple[str, str]]:
        """hreflang and absolute address of each of the languages, and the one for any other (``x-default``).

        All of these pages name one another. A page in a language that is not among them names none: search
        engines believe only what both sides say.
        """
        if not self.pattern or self.language not in self.languages:
            return []
        pairs = [(code, settings.SITE_URL + self._path_in(code)) for code in self.languages]
        return [*pairs, ("x-default", dict(pairs)["en"])]

    def _path_in(self, code: str) -> str:
        return self.pattern.replace("{language}", code)

    @property
    def head_title(self) -> str:
        """The title with the site's name behind it where both have room, cut between words."""
        name = settings.SITE_NAME
        if self.title == name:
            return name
        if columns(self.title) + columns(name) + 3 <= LONGEST_TITLE:
            return f"{self.title} · {name}"
        return as_headline(self.title, LONGEST_TITLE)

    @property
    def head_description(self) -> str:
        """The description as a list of search results shows it, cut between words."""
        return as_headline(" ".join(self.description.split()), LONGEST_DESCRIPTION)

    @property
    def locale(self) -> str:
        """The language of the page as OpenGraph names it."""
        return locale_of(self.language)

    @property
    def other_locales(self) -> list[str]:
        """The other languages that the page is in."""
        return [locale_of(code) for code, _url in self.alternates if code not in (self.language, "x-default")]

    @property
    def picture_url(self) -> str:
        """The address of the picture for sharing."""
        return settings.SITE_URL + (self.picture or f"/share/site/{self.language}.png")

    @property
    def picture_size(self) -> tuple[int, int]:
        """Its width and height in pixels."""
        return PICTURE_SIZE

    @property
    def scripts(self) -> list[SafeString]:
        """The schema.org objects of the head: the page's own, and the way that leads to it."""
        items = [self.structured] if self.structured else []
        if self.above:
            way = (Neighbour("/", settings.SITE_NAME), *self.above, Neighbour(self.path, self.title))
            items.append(breadcrumbs([(page.name, page.path) for page in way]))
        return [embed(item) for item in items]

    def listing(self, items: Iterable[Named]) -> "Placement":
        """This page as one that lists ``items``, in its order."""
        described = collection(
            url=self.url,
            name=self.title,
            description=self.head_description,
            language=self.language,
            items=items,
        )
        return replace(self, structured=described)
