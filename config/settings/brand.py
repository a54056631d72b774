"""What readers know this installation by: the operator's name, colour, pictures and imprint."""

from django.core.exceptions import ImproperlyConfigured

from config import addresses, branding
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
SITE_COLOURS = branding.palette("SITE_COLOUR", str(env.str("SITE_COLOUR", default="")))
SITE_LOGO = branding.logo("SITE_LOGO", str(env.str("SITE_LOGO", default="")))  # a PNG, JPEG or WebP
# The square SVG beside the sender's name, for a BIMI record.
SENDER_PICTURE = branding.sender_picture("SENDER_PICTURE", str(env.str("SENDER_PICTURE", default="")))
# Who is responsible: a page elsewhere, or a text that is shown at /imprint/.
IMPRINT_URL = addresses.url(
    "IMPRINT_URL", branding.web_address("IMPRINT_URL", str(env.str("IMPRINT_URL", default="")))
)
IMPRINT_TEXT = branding.imprint("IMPRINT_FILE", str(env.str("IMPRINT_FILE", default="")))
