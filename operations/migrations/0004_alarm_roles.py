"""Operators and owners may look at alarms."""

from typing import Any

from django.db import migrations


def add_permissions(apps: Any, _: Any) -> None:
    from subscriptions.roles import write_roles

    write_roles(
        apps.get_model("auth", "Group"),
        apps.get_model("auth", "Permission"),
        apps.get_model("contenttypes", "ContentType"),
    )


class Migration(migrations.Migration):
    dependencies = [("operations", "0003_alarms_last"), ("subscriptions", "0026_sending_holds")]

    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop, elidable=False)]
