"""All addresses. Each app names its own; the admin and the webhooks are joined here."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("anymail/", include("anymail.urls")),
    path("", include("subscriptions.urls")),
    path("", include("newsletter.urls")),
]

if settings.DEBUG:
    urlpatterns.insert(0, path("mail/", include("services.mailpages")))
