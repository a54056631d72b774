"""All URLs. Each app has its own; the admin and the webhooks are added here."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import webhooks

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("operations.urls")),
    path("", include("subscriptions.urls")),
    path("", include("newsletter.urls")),
]

if patterns := webhooks.addresses(webhooks.service_of(settings.EMAIL_BACKEND)):
    urlpatterns.insert(1, path("anymail/", include((patterns, "anymail"))))

if settings.DEBUG:
    urlpatterns.insert(0, path("mail/", include("services.mailpages")))
