from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0024_search_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="summary",
            index=models.Index(fields=["written_at"], name="summary_written_at"),
        ),
    ]
