"""Where the mail service in use may tell what became of our mail; nobody else, and not without a secret."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.urls import URLPattern

# By what a service's calls are known as its own, as django-anymail names it: any one will do. A service that
# is not here does not sign them, or Anymail does not look.
_OWN = {
    "mailersend": ("MAILERSEND_SIGNING_SECRET",),
    "mailgun": ("MAILGUN_WEBHOOK_SIGNING_KEY", "MAILGUN_API_KEY"),
    "mailtrap": ("MAILTRAP_TRACKING_SECRET",),
    "mandrill": ("MANDRILL_WEBHOOK_KEY",),
    "postal": ("POSTAL_WEBHOOK_KEY",),
    "resend": ("RESEND_SIGNING_SECRET",),
    "sendgrid": ("SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",),
    "unisender_go": ("UNISENDER_GO_API_KEY",),
}
_ANY = "WEBHOOK_SECRET"  # "name:password" in the address that is called; Anymail asks it of any service
_SILENT = frozenset({"", "console", "scaleway", "test"})  # backends whose services call nobody


def service_of(backend: str) -> str:
    """The mail service of a Django mail backend, as Anymail's module is named; empty if there is none."""
    parts = backend.split(".")
    return parts[2] if parts[:2] == ["anymail", "backends"] and len(parts) > 2 else ""


def must_be_authenticated(service: str, keys: Mapping[str, Any]) -> None:
    """Raises ImproperlyConfigured, in one sentence, if anybody could make up what ``service`` tells us."""
    if service in _SILENT:
        return
    names = (*_OWN.get(service, ()), _ANY)
    if not any(keys.get(name) for name in names):
        raise ImproperlyConfigured(
            f"ANYMAIL has no {' and no '.join(names)}, so anybody could report bounces in {service}'s name; "
            f'add one, such as "{_ANY}": "a-name:a-long-random-text", and give it to the service.'
        )


def addresses(service: str) -> "list[URLPattern]":
    """The addresses at which ``service``, and no other, tells what became of our mail."""
    from anymail import urls  # reads the settings

    wanted = {f"{service}_tracking_webhook", f"{service}_webhook"}
    return [_tolerant(found) for found in urls.urlpatterns if found.name in wanted]


def _tolerant(found: "URLPattern") -> "URLPattern":
    """The same address, with a view that no body brings down."""
    from django.urls import path

    from subscriptions.feedback.calls import TolerantCalls

    view = getattr(found.callback, "view_class")  # noqa: B009 - the types know no views
    tolerant: Any = type(view.__name__, (TolerantCalls, view), {})
    address: URLPattern = path(str(found.pattern), tolerant.as_view(), name=found.name)
    return address
