"""The operator's brand on pages."""

from django.http import HttpRequest

from newsletter.brand import brand_of_settings


def brand(_request: HttpRequest) -> dict[str, object]:
    """What every template of a page sees: ``brand``, and its name as ``site``."""
    own = brand_of_settings()
    return {"brand": own, "site": own.name}
