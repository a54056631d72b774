"""The people as a Django app."""

from django.apps import AppConfig
from typing_extensions import override


class SubscriptionsConfig(AppConfig):
    """Readers, their digests and the mails that carry them."""

    name = "subscriptions"

    @override
    def ready(self) -> None:
        from subscriptions.feedback import webhooks  # noqa: F401 - connects Anymail's signal
