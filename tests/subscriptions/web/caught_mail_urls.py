"""The site as it is while DEBUG is on: with the pages of caught mail."""

from django.urls import include, path

from config.urls import urlpatterns as site

urlpatterns = [path("mail/", include("services.mailpages")), *site]
