"""Rows that were written before reasons had codes get theirs from their sentences, for the last time.

A stretch of ids at a time and each in a transaction of its own: on a table of millions senders go on meanwhile.
"""

from django.db import migrations
from django.db.models import Max, Min

STRETCH = 20_000
CODES = {"came back": "came-back", "waits for its domain's turn": "has-slot", "no message could be made": "unmade"}


def write_codes(apps, schema_editor):
    rows = apps.get_model("subscriptions", "Delivery").objects.using(schema_editor.connection.alias)
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    for start in range(ends["first"], ends["last"] + 1, STRETCH):
        some = rows.filter(pk__gte=start, pk__lt=start + STRETCH, reason_code="").exclude(reason="")
        for sentence, code in CODES.items():
            some.filter(reason__startswith=sentence).update(reason_code=code)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscriptions", "0009_reason_code")]

    operations = [migrations.RunPython(write_codes, migrations.RunPython.noop)]
