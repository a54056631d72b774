"""The app as Django loads it."""

from django.apps import AppConfig
from typing_extensions import override


class SubscriptionsConfig(AppConfig):
    """The people's half of Paperpost."""

    name = "subscriptions"

    @override
    def ready(self) -> None:
        from subscriptions.feedback import webhooks  # noqa: F401 - connects Anymail's signal
