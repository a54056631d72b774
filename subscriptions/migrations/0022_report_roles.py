"""The shipped roles may look at what people say is wrong; editors settle it."""

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
    dependencies = [("newsletter", "0018_reports"), ("subscriptions", "0021_who_may_tell_corrections")]

    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop, elidable=False)]
