"""Under which name readers know this installation: the operator's, not the software's."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.environment import env

LONGEST_NAME = 40  # characters: it stands in subjects, which mail programs cut
JOINERS = "\u200c\u200d"  # zero-width: names in Persian and in Indic scripts need them


def site_name() -> str:
    """``SITE_NAME``: one short line of any script."""
    name = str(env.str("SITE_NAME", default="")).strip() or "Paperpost"
    plain = "".join(character for character in name if character not in JOINERS)
    if not plain.isprintable() or not any(map(str.isalnum, plain)):
        raise ImproperlyConfigured(
            f"SITE_NAME={name!r}: write a name in one line, with letters or digits and no control characters."
        )
    if len(name) > LONGEST_NAME:
        raise ImproperlyConfigured(
            f"SITE_NAME={name!r} has {len(name)} characters: use {LONGEST_NAME} at most."
        )
    return name


SITE_NAME = site_name()
