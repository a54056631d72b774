"""The shipped roles may look at channels; editors connect them."""

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
    dependencies = [("newsletter", "0023_channels"), ("subscriptions", "0023_digest_layout")]

    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop, elidable=False)]
