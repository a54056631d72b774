"""What came back is certain, doubtful or not proven; an owner may lift a suppression, and it is recorded."""

from typing import Any

from django.db import migrations, models

from lib.migration_operations import AddUnvalidatedConstraint


def add_permissions(apps: Any, _: Any) -> None:
    from subscriptions.roles import write_roles

    write_roles(
        apps.get_model("auth", "Group"),
        apps.get_model("auth", "Permission"),
        apps.get_model("contenttypes", "ContentType"),
    )


class Migration(migrations.Migration):

    dependencies = [
        ("subscriptions", "0006_remember_departures"),
    ]

    operations = [
        # First: what follows keeps the table of events until the whole is done.
        migrations.RunPython(add_permissions, migrations.RunPython.noop, elidable=False),
        migrations.CreateModel(
            name='LiftedSuppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_hash', models.CharField(max_length=64)),
                ('reason', models.CharField(choices=[('bounced', 'bounced'), ('complained', 'complained'), ('erased', 'erased'), ('operator', 'by the operator')], max_length=12)),
                ('suppressed_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('why', models.CharField(max_length=200)),
            ],
        ),
        migrations.AlterModelOptions(
            name='suppression',
            options={'permissions': [('lift_suppression', 'Can lift suppressions')]},
        ),
        migrations.AddField(
            model_name='deliveryevent',
            name='final',
            field=models.BooleanField(default=True, help_text='The mail will not arrive: no notice of delay.'),
        ),
        migrations.AddField(
            model_name='deliveryevent',
            name='standing',
            field=models.CharField(choices=[('certain', 'certain'), ('doubtful', 'doubtful: acts when it comes again'), ('unproven', 'not proven: nothing follows')], default='certain', max_length=8),
        ),
        AddUnvalidatedConstraint(
            model_name='deliveryevent',
            constraint=models.CheckConstraint(condition=models.Q(('standing__in', ['certain', 'doubtful', 'unproven'])), name='delivery_event_standing_known'),
        ),
        migrations.AddIndex(
            model_name='liftedsuppression',
            index=models.Index(fields=['address_hash'], name='lifted_suppression_address'),
        ),
        migrations.AddConstraint(
            model_name='liftedsuppression',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['bounced', 'complained', 'erased', 'operator'])), name='lifted_suppression_reason_known'),
        ),
    ]
