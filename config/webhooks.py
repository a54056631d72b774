"""The webhook of the mail service in use; no other service has one, and none works without a secret."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.urls import URLPattern

# The keys, as django-anymail names them, by which a service's calls are verified; one of them is enough. A
# service that is not here does not sign its calls, or Anymail does not verify them.
_SIGNING_KEYS = {
    "mailersend": ("MAILERSEND_SIGNING_SECRET",),
    "mailgun": ("MAILGUN_WEBHOOK_SIGNING_KEY", "MAILGUN_API_KEY"),
    "mailtrap": ("MAILTRAP_TRACKING_SECRET",),
    "mandrill": ("MANDRILL_WEBHOOK_KEY",),
    "postal": ("POSTAL_WEBHOOK_KEY",),
    "resend": ("RESEND_SIGNING_SECRET",),
    "sendgrid": ("SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",),
    "unisender_go": ("UNISENDER_GO_API_KEY",),
}
_ANY_SERVICE = "WEBHOOK_SECRET"  # "name:password" in the address that is called, for any service
_SILENT = frozenset({"", "console", "scaleway", "test"})  # backends without webhooks


def service_of(backend: str) -> str:
    """The mail service of a Django mail backend, as Anymail's module is named; empty if there is none."""
    parts = backend.split(".")
    return parts[2] if parts[:2] == ["anymail", "backends"] and len(parts) > 2 else ""


def secret_names(service: str) -> tuple[str, ...]:
    """The keys of ``ANYMAIL`` of which one verifies the calls of ``service``; none if it never calls."""
    return () if service in _SILENT else (*_SIGNING_KEYS.get(service, ()), _ANY_SERVICE)


def must_be_authenticated(service: str, keys: Mapping[str, Any]) -> None:
    """Raises ImproperlyConfigured if calls in the name of ``service`` would be accepted from anybody."""
    names = secret_names(service)
    if names and not any(keys.get(name) for name in names):
        raise ImproperlyConfigured(
            f"ANYMAIL has no {' and no '.join(names)}, so anybody could report bounces in {service}'s name; "
            f'add one, such as "{_ANY_SERVICE}": "a-name:a-long-random-text", and give it to the service.'
        )


def addresses(service: str) -> "list[URLPattern]":
    """The URL patterns of the webhooks of ``service``, and of no other."""
    from anymail import urls  # reads the settings

    names = {f"{service}_tracking_webhook", f"{service}_webhook"}
    return [_tolerant(pattern) for pattern in urls.urlpatterns if pattern.name in names]


def _tolerant(pattern: "URLPattern") -> "URLPattern":
    """The same URL pattern, with a view that survives a body that cannot be read."""
    from django.urls import path

    from subscriptions.feedback.calls import TolerantCalls

    view = getattr(pattern.callback, "view_class")  # noqa: B009 - the types know no views
    tolerant: Any = type(view.__name__, (TolerantCalls, view), {})
    address: URLPattern = path(str(pattern.pattern), tolerant.as_view(), name=pattern.name)
    return address
