"""By what a backup knows the site's secrets again, without holding them."""

from django.conf import settings

from operations.backups.errors import RefusedError
from subscriptions.addresses import keyed_hash


def fingerprints() -> list[str]:
    """A keyed hash of ``SECRET_KEY``, then of each of ``SECRET_KEY_FALLBACKS``."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [keyed_hash("fingerprint", purpose="backup", secret=secret) for secret in secrets]


def check(wanted: list[str]) -> None:
    """Raise RefusedError unless this site knows all secrets of a backup, whichever is the present one."""
    here = set(fingerprints())
    if wanted[0] not in here:
        raise RefusedError(
            "SECRET_KEY is not that of the backup, so its suppressions and the links in sent mails would not "
            "work: set SECRET_KEY to that one, or add that one to SECRET_KEY_FALLBACKS."
        )
    if not set(wanted) <= here:
        raise RefusedError(
            "The backup also knows addresses by an earlier SECRET_KEY: add it to SECRET_KEY_FALLBACKS."
        )
