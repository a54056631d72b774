"""The public pages of the content."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
