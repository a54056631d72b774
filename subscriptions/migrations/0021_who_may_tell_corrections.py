"""The shipped roles may look at revisions and corrections, and editors tell readers of them."""

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
    dependencies = [
        ("newsletter", "0017_revisions_and_corrections"),
        ("subscriptions", "0020_carried_revisions_and_owed_corrections"),
    ]

    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop, elidable=False)]
