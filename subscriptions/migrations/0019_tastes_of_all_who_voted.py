"""Who voted before there were tastes gets one: the next run that looks for outdated ones makes it."""

from django.db import migrations, models
from django.utils import timezone

AT_ONCE = 5000


def add_missing(apps, _editor):
    vote, taste = apps.get_model("subscriptions", "Vote"), apps.get_model("subscriptions", "Taste")
    now, last = timezone.now(), 0
    voters = vote.objects.order_by("subscriber").values_list("subscriber", flat=True).distinct()
    while ids := list(voters.filter(subscriber__gt=last)[:AT_ONCE]):
        rows = [taste(subscriber_id=reader, recipe=0, updated_at=now) for reader in ids]
        taste.objects.bulk_create(rows, ignore_conflicts=True)
        last = ids[-1]


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0018_ranking_replays'),
    ]

    operations = [
        migrations.AddField(
            model_name='taste',
            name='is_outdated',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='taste',
            index=models.Index(condition=models.Q(('is_outdated', True)), fields=['subscriber'], name='taste_outdated'),
        ),
        migrations.RunPython(add_missing, migrations.RunPython.noop),
    ]
