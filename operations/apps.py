"""The app as Django loads it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from typing_extensions import override


class OperationsConfig(AppConfig):
    """What the operator of Paperpost has to know and to keep."""

    name = "operations"

    @override
    def ready(self) -> None:
        from operations.backups.unfinished import hold_after_migrating
        from operations.upgrading import complete_first_schema

        pre_migrate.connect(complete_first_schema, sender=self)
        post_migrate.connect(hold_after_migrating, sender=self)
