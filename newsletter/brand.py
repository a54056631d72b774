"""Who sends and shows all this, as readers see it: the operator's name. From the settings.

It is the same for a whole process. What is rendered once and kept is kept by it.
"""

import unicodedata
from typing import NamedTuple

from django.conf import settings


class Brand(NamedTuple):
    """The operator's ``name``."""

    name: str = "Paperpost"

    @property
    def direction(self) -> str:
        """``rtl`` where the first letter of the name is written from right to left, else ``ltr`` (UAX #9)."""
        for character in self.name:
            kind = unicodedata.bidirectional(character)
            if kind in ("L", "R", "AL"):
                return "ltr" if kind == "L" else "rtl"
        return "ltr"


def brand_of_settings() -> Brand:
    """The brand that the settings name."""
    return Brand(settings.SITE_NAME)
