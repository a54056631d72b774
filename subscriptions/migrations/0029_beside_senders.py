"""What reads all deliveries, events, votes and readers, while senders go on: an index, and checks of old rows."""

from django.db import migrations, models

from lib.migration_operations import AddIndexBesideWriters, ValidateConstraints


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscriptions", "0028_doubtful_digests")]

    operations = [
        AddIndexBesideWriters(
            model_name="deliveryevent",
            index=models.Index(
                condition=models.Q(("standing", "unproven")), fields=["at"], name="delivery_event_unproven"
            ),
        ),
        ValidateConstraints("deliveryevent", ["delivery_event_kind_known", "delivery_event_standing_known"]),
        ValidateConstraints("delivery", ["delivery_reason_code_known"]),
        ValidateConstraints("subscriber", ["subscriber_taste_known", "subscriber_layout_known"]),
        ValidateConstraints("vote", ["subscriptions_vote_corpus_check"]),
    ]
