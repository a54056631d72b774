import uuid

import django.utils.timezone
from django.db import migrations, models
from django.db.migrations.state import StateApps


def make_row(apps: StateApps, _editor: object) -> None:
    """The ids of feeds begin with the table."""
    apps.get_model("newsletter", "Publication").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0021_archive_indexes")]
    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("since", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="only_one_publication")
                ]
            },
        ),
        migrations.RunPython(make_row, migrations.RunPython.noop),
    ]
