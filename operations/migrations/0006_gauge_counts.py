from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("operations", "0005_backups")]

    operations = [
        migrations.CreateModel(
            name="GaugeCount",
            fields=[
                ("name", models.CharField(max_length=50, primary_key=True, serialize=False)),
                ("counted_at", models.DateTimeField()),
                ("seconds", models.FloatField()),
                ("counts", models.JSONField(blank=True, default=list)),
            ],
        ),
    ]
