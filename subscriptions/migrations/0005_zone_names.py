"""Readers' time zones under the names of today."""

from typing import Any

from django.db import migrations


def rename_zones(apps: Any, _: Any) -> None:
    from subscriptions.readers.zones import todays_name

    readers = apps.get_model("subscriptions", "Subscriber").objects
    for stored in readers.order_by().values_list("time_zone", flat=True).distinct():
        # A name that nobody knows stays: it is shown at the desk, and its reader's clock is UTC.
        name = todays_name(stored) or stored
        if name != stored:
            readers.filter(time_zone=stored).update(time_zone=name)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0004_owed_notices")]

    operations = [migrations.RunPython(rename_zones, migrations.RunPython.noop, elidable=True)]
