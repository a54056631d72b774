from django.db import migrations, models

from lib.migration_operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("newsletter", "0024_search_index"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="summary",
            index=models.Index(fields=["written_at"], name="summary_written_at"),
        ),
    ]
