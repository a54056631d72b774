"""What sources wrote, on pages."""

from django import template

from newsletter.rendering.texts import clean

register = template.Library()
register.filter("clean", clean)
