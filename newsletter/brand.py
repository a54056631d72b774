"""Who sends and shows all this, as readers see it: name, colours, logo, imprint. From the settings.

It is the same for a whole process. What is rendered once and kept is kept by it.
"""

import unicodedata
from typing import NamedTuple

from django.conf import settings

from lib.colours import Palette, Shades

# Those of static/site.css.
OWN_COLOURS = Palette(
    light=Shades(accent="#93380f", deep="#6f2808", wash="#f8e9e0", on="#ffffff"),
    dark=Shades(accent="#f2a78a", deep="#f9cbb8", wash="#33231d", on="#14120f"),
)


class ShownLogo(NamedTuple):
    """Where the logo is, as a path of the site, and its size in CSS pixels."""

    path: str
    width: int
    height: int


class Brand(NamedTuple):
    """The operator's ``name``, ``colours``, ``logo`` and the address of an imprint, empty for none."""

    name: str = "Paperpost"
    colours: Palette = OWN_COLOURS
    logo: ShownLogo | None = None
    imprint_url: str = ""

    @property
    def direction(self) -> str:
        """``rtl`` where the first letter of the name is written from right to left, else ``ltr`` (UAX #9)."""
        for character in self.name:
            kind = unicodedata.bidirectional(character)
            if kind in ("L", "R", "AL"):
                return "ltr" if kind == "L" else "rtl"
        return "ltr"

    @property
    def has_own_colours(self) -> bool:
        """Whether the colours are not those of the style sheet."""
        return self.colours != OWN_COLOURS

    @property
    def stamp_path(self) -> str:
        """The path of the sign beside the name in the operator's colour, empty for the one as it is."""
        return f"/brand/stamp.svg?v={self.colours.light.accent[1:]}" if self.has_own_colours else ""


def brand_of_settings() -> Brand:
    """The brand that the settings name."""
    logo = settings.SITE_LOGO
    own_page = f"{settings.SITE_URL}/imprint/" if settings.IMPRINT_TEXT else ""
    return Brand(
        name=settings.SITE_NAME,
        colours=settings.SITE_COLOURS or OWN_COLOURS,
        logo=ShownLogo(f"/brand/logo.png?v={logo.version}", logo.width, logo.height) if logo else None,
        imprint_url=settings.IMPRINT_URL or own_page,
    )
