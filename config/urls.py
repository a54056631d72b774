"""All addresses. Each app names its own; the admin and the webhooks are joined here."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import webhooks

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("subscriptions.urls")),
    path("", include("newsletter.urls")),
]

if told_at := webhooks.addresses(webhooks.service_of(settings.EMAIL_BACKEND)):
    urlpatterns.insert(1, path("anymail/", include((told_at, "anymail"))))

if settings.DEBUG:
    urlpatterns.insert(0, path("mail/", include("services.mailpages")))
