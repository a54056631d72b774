"""The operator's name, for pages that are shown without a context."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """The name under which readers know this installation."""
    return str(settings.SITE_NAME)
