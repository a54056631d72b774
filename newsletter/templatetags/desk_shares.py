"""Shares as the desk writes them."""

from django import template

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """A share of 1 as "12.3 %"."""
    return f"{100 * share:.1f} %"
