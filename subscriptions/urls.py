"""The pages of the people."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
