"""Since when a delivery can be sent, where it could not before: an empty column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0029_beside_senders")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="waits_from",
            field=models.DateTimeField(
                blank=True,
                help_text="Since when it can be sent, where it could not before: after a pause, on a person's word.",
                null=True,
            ),
        ),
    ]
