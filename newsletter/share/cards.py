"""What a picture for sharing says, and the texts cut to the lengths that are tried."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from lib.colours import READABLE, contrast, parse
from newsletter.brand import OWN_COLOURS, brand_of_settings
from newsletter.languages import Language, language
from newsletter.rendering.shortening import as_headline, columns
from newsletter.share.fonts import drawable, families

GROUND: Final = "#fffdf9"
BLUE: Final = "#1c4a6e"
# A font has the shapes of a region, not of a way to write.
_REGIONS: Final = {"pt-BR": "BR", "zh-Hans": "CN", "zh-Hant": "TW"}
_LEAST: Final = 40  # columns: what is long and wide still has room for that
_STEP: Final = 0.88  # each text that is tried is so much shorter than the one before
_UNBROKEN: Final = re.compile(r"([^\s\u2e80-\u9fff\uac00-\ud7af\u0900-\u097f\u0590-\u08ff]{18})(?=\S)")
_KOREAN_WORD: Final = re.compile(r"(?<!\S)(?=\S*[\uac00-\ud7a3])\S{2,16}(?!\S)")


@dataclass(frozen=True, slots=True)
class Text:
    """Words and the language that they are written in (BCP 47)."""

    words: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCard:
    """A picture in ``language``: a ``topic`` in its ``colour`` (``#rrggbb``), a ``title``, some ``lines``
    under it, and a ``note`` beside the site's name. What is empty is left out.
    """

    language: str
    title: Text
    topic: str = ""
    colour: str = ""
    lines: tuple[Text, ...] = ()
    note: str = ""

    def data(self) -> str:
        """All that the picture shows, as the JSON that ``card.typ`` reads: no two pictures have the same."""
        spec = language(self.language)
        return json.dumps(
            {
                "direction": spec.direction,
                "fonts": list(families(spec)),
                "topic": _short(self.topic, 60),
                "colour": readable(self.colour),
                "accent": brand_of_settings().colours.light.accent,
                "blue": BLUE,
                "ground": GROUND,
                "title": _tried(self.title, 150),
                "lines": [_tried(line, 220 if len(self.lines) == 1 else 120) for line in self.lines],
                "most": 3 if len(self.lines) == 1 else 1,
                "site": _short(settings.SITE_NAME, 40),
                "note": _short(self.note, 40),
            },
            ensure_ascii=False,
            sort_keys=True,
        )


def readable(colour: str) -> str:
    """``colour`` if it can be read on the ground of the picture, else the site's own."""
    try:
        known = parse(colour)
    except ValueError:
        return OWN_COLOURS.light.accent
    return known if contrast(known, GROUND) >= READABLE else OWN_COLOURS.light.accent


def _tried(text: Text, room: int) -> dict[str, Any]:
    """``text`` whole and ever shorter; the picture shows the first that has room."""
    spec: Language = language(text.language)
    words = drawable(" ".join(text.words.split()))
    texts = [as_headline(words, room)]
    length = float(min(columns(words), room))
    while length * _STEP >= _LEAST:
        length *= _STEP
        texts.append(as_headline(words, int(length)))
    return {
        "texts": [_breakable(each, spec.code) for each in dict.fromkeys(texts)] if words else [],
        "lang": spec.code.partition("-")[0],
        "region": _REGIONS.get(spec.code),
        "direction": spec.direction,
        "fonts": list(families(spec)),
    }


def _breakable(text: str, code: str) -> str:
    """``text`` with places to break a line in what has none for long, such as an address. Korean has them
    between words alone.
    """
    text = _UNBROKEN.sub("\\1\u200b", text)
    return _KOREAN_WORD.sub(lambda word: "\u2060".join(word[0]), text) if code == "ko" else text


def _short(text: str, room: int) -> str:
    return as_headline(drawable(" ".join(text.split())), room)
