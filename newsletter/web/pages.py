"""The language of a page: the reader's, the address's or the browser's."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES, language

_INTERFACE = frozenset(code for code, _name in settings.LANGUAGES)


def speak(request: HttpRequest, code: str) -> None:
    """Activate the language of ``code`` for the page; the browser's stays where there is no catalogue."""
    interface_code = language(code).django_code if code in LANGUAGES else code.lower()
    if interface_code in _INTERFACE:
        translation.activate(interface_code)
        request.LANGUAGE_CODE = interface_code


def page_language() -> str:
    """The code of :mod:`newsletter.languages` for the language that the page is written in."""
    spoken = translation.get_language() or DEFAULT_LANGUAGE
    return next((code for code, spec in LANGUAGES.items() if spec.django_code == spoken), DEFAULT_LANGUAGE)
