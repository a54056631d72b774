from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        from subscriptions.feedback import webhooks  # noqa: F401 - connects Anymail's signal
