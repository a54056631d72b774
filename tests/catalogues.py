"""The message catalogues of the pages, without GNU gettext: ``python -m tests.catalogues`` updates them.

Messages are found in the code and in the templates as Django's own ``makemessages`` finds them. Translations
live in ``locale/*/LC_MESSAGES/django.po``; the ``.mo`` beside it is compiled from it and both are committed.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = {"ko": "ko", "zh_Hans": "zh_Hans", "ja": "ja", "ar": "ar"}
SOURCES = ("newsletter", "operations", "subscriptions", "templates/web", "templates/404.html")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
}

_DATE = datetime(2026, 11, 23, tzinfo=UTC)  # the same for all, so that an update without news changes nothing

Message = str | tuple[str, ...]


def po_path(locale: str) -> Path:
    return ROOT / "locale" / locale / "LC_MESSAGES" / "django.po"


@lru_cache
def found_messages() -> tuple[Message, ...]:
    """Every message of the code and the templates, once, in order."""
    found: dict[Message, None] = {}
    for folder in SOURCES:
        place = ROOT / folder
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.suffix in (".py", ".html") and "migrations" not in path.parts:
                for message in _messages_in(path):
                    found[message] = None
    return tuple(found)


def _messages_in(path: Path) -> Iterator[Message]:
    # Imported here: Django's settings have to be read first.
    from django.utils.translation.template import templatize

    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        # What it makes is meant for xgettext, which does not mind indentation.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    for _line, message, _comments, _context in extract(
        "python", io.BytesIO(text.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}
    ):
        yield message if isinstance(message, str) else tuple(message)


def read_catalogue(locale: str) -> Catalog:
    """The translations of ``locale`` as they stand in its ``.po``."""
    with po_path(locale).open("rb") as file:
        return read_po(file, locale=LOCALES[locale], domain="django")


def compiled(catalogue: Catalog) -> bytes:
    """The bytes of the ``.mo`` of a catalogue."""
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def update(locale: str) -> list[Message]:
    """Add new messages to ``locale``, drop those that are gone, compile. Returns what lacks a translation."""
    old = read_catalogue(locale) if po_path(locale).exists() else Catalog(locale=LOCALES[locale])
    new = Catalog(
        locale=LOCALES[locale],
        domain="django",
        project="Paperpost",
        version="1",
        fuzzy=False,
        header_comment="# The pages of Paperpost.",
        msgid_bugs_address="",
        last_translator="Paperpost",
        language_team=locale,
        creation_date=_DATE,
        revision_date=_DATE,
    )
    missing = []
    for message in found_messages():
        before = old.get(message if isinstance(message, str) else message[0])
        given = before.string if before and before.id == message and "fuzzy" not in before.flags else ""
        new.add(message, given)
        if not given or (not isinstance(given, str) and not all(given)):
            missing.append(message)
    po_path(locale).parent.mkdir(parents=True, exist_ok=True)
    with po_path(locale).open("wb") as file:
        write_po(file, new, width=0, omit_header=False)
    po_path(locale).with_suffix(".mo").write_bytes(compiled(read_catalogue(locale)))
    return missing


def main() -> None:
    import os
    import sys

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DEBUG", "1")
    django.setup()
    for locale in LOCALES:
        for message in update(locale):
            sys.stdout.write(f"{locale}: not translated: {message!r}\n")


if __name__ == "__main__":
    main()
