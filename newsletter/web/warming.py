"""What a new web process makes before it answers, so that no reader waits for it."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override


def warm_up() -> None:
    """Make Django's tables of addresses, which take tens of milliseconds a language, and load the texts."""
    for code, _name in settings.LANGUAGES:
        with override(code):
            reverse("archive")
