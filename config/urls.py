"""All addresses. Each app names its own; the admin and the webhooks are joined here."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLResolver, include, path


def webhooks() -> list[URLResolver]:
    """The addresses that mail services call. Without a secret anybody could: then there are none."""
    return [path("anymail/", include("anymail.urls"))] if settings.ANYMAIL.get("WEBHOOK_SECRET") else []


urlpatterns = [
    path("admin/", admin.site.urls),
    *webhooks(),
    path("", include("subscriptions.urls")),
    path("", include("newsletter.urls")),
]

if settings.DEBUG:
    urlpatterns.insert(0, path("mail/", include("services.mailpages")))
