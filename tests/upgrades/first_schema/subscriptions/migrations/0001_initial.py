"""The first migration of this app as it was first committed: never changed, so that upgrades can be tried."""

import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('newsletter', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('email', models.EmailField(max_length=254)),
                ('state', models.CharField(choices=[('pending', 'waiting for confirmation'), ('active', 'active'), ('paused', 'paused'), ('unsubscribed', 'unsubscribed'), ('suppressed', 'suppressed')], default='pending', max_length=12)),
                ('language', models.CharField(default='en', max_length=10)),
                ('time_zone', models.CharField(default='UTC', max_length=64)),
                ('hour', models.PositiveSmallIntegerField(default=8)),
                ('cadence', models.CharField(choices=[('daily', 'every day'), ('weekdays', 'on weekdays'), ('weekly', 'once a week')], default='daily', max_length=8)),
                ('weekday', models.PositiveSmallIntegerField(default=0, help_text='For once a week: 0 is Monday.')),
                ('size', models.PositiveSmallIntegerField(default=10, help_text='How many papers in one digest.')),
                ('queries', models.JSONField(blank=True, default=list, help_text="The reader's own queries.")),
                ('wants_updates', models.BooleanField(default=False, help_text='Also tell of notable new versions.')),
                ('paused_until', models.DateField(blank=True, null=True)),
                ('next_due_at', models.DateTimeField(blank=True, null=True)),
                ('last_edition_day', models.DateField(blank=True, help_text='The last day whose editions this reader has had.', null=True)),
                ('links_epoch', models.PositiveIntegerField(default=0, help_text='Counting up makes older links invalid.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text="The reader's own date.")),
                ('state', models.CharField(choices=[('queued', 'queued'), ('claimed', 'claimed'), ('sending', 'being sent'), ('sent', 'sent'), ('deferred', 'deferred'), ('failed', 'failed'), ('uncertain', 'uncertain'), ('skipped', 'skipped')], default='queued', max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('picks', models.JSONField(blank=True, default=dict)),
                ('language', models.CharField(max_length=10)),
                ('message_id', models.CharField(blank=True, max_length=120)),
                ('subject', models.TextField(blank=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('reply', models.TextField(blank=True, help_text="The mail server's last reply.")),
                ('created_at', models.DateTimeField()),
                ('retry_at', models.DateTimeField(blank=True, null=True)),
                ('lease', models.UUIDField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='subscriptions.subscriber')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='ConsentEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('signed-up', 'signed up'), ('confirmed', 'confirmed'), ('changed', 'changed preferences'), ('paused', 'paused'), ('resumed', 'resumed'), ('unsubscribed', 'unsubscribed'), ('imported', 'imported'), ('suppressed', 'suppressed')], max_length=12)),
                ('at', models.DateTimeField()),
                ('text_version', models.CharField(blank=True, max_length=20)),
                ('language', models.CharField(blank=True, max_length=10)),
                ('origin_hash', models.CharField(blank=True, max_length=64)),
                ('detail', models.JSONField(blank=True, default=dict)),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consent_events', to='subscriptions.subscriber')),
            ],
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='subscriptions.subscriber')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='newsletter.topic')),
            ],
        ),
        migrations.AddField(
            model_name='subscriber',
            name='topics',
            field=models.ManyToManyField(related_name='subscribers', through='subscriptions.Subscription', to='newsletter.topic'),
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_hash', models.CharField(max_length=64)),
                ('reason', models.CharField(choices=[('bounced', 'bounced'), ('complained', 'complained'), ('erased', 'erased'), ('operator', 'by the operator')], max_length=12)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('address_hash',), name='unique_suppression_address'), models.CheckConstraint(condition=models.Q(('reason__in', ['bounced', 'complained', 'erased', 'operator'])), name='suppression_reason_known')],
            },
        ),
        migrations.CreateModel(
            name='Vote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.SmallIntegerField()),
                ('at', models.DateTimeField()),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reader_votes', to='newsletter.paper')),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='votes', to='subscriptions.subscriber')),
            ],
        ),
        migrations.CreateModel(
            name='DeliveryEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('hard', 'hard bounce'), ('soft', 'soft bounce'), ('complaint', 'complaint'), ('auto-reply', 'automatic reply'), ('blocked', 'refused for a reason of ours')], max_length=12)),
                ('source', models.CharField(max_length=40)),
                ('event_id', models.CharField(max_length=200)),
                ('detail', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('delivery', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='subscriptions.delivery')),
                ('subscriber', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='subscriptions.subscriber')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'event_id'), name='unique_delivery_event'), models.CheckConstraint(condition=models.Q(('kind__in', ['hard', 'soft', 'complaint', 'auto-reply', 'blocked'])), name='delivery_event_kind_known')],
            },
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ('queued', 'claimed', 'sending', 'deferred'))), fields=['state', 'id'], name='delivery_open'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['day', 'state'], name='delivery_day_state'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('lease__isnull', False)), fields=['lease'], name='delivery_lease'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('subscriber', 'day'), name='unique_delivery_reader_day'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'claimed', 'sending', 'sent', 'deferred', 'failed', 'uncertain', 'skipped'])), name='delivery_state_known'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('claimed', 'sending')), ('lease__isnull', True), _connector='OR'), name='delivery_lease_only_in_flight'),
        ),
        migrations.AddConstraint(
            model_name='consentevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['signed-up', 'confirmed', 'changed', 'paused', 'resumed', 'unsubscribed', 'imported', 'suppressed'])), name='consent_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(fields=('subscriber', 'topic'), name='unique_subscription'),
        ),
        migrations.AddIndex(
            model_name='subscriber',
            index=models.Index(condition=models.Q(('state', 'active')), fields=['next_due_at'], name='subscriber_due'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='unique_subscriber_email'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.UniqueConstraint(fields=('public_id',), name='unique_subscriber_public_id'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'active', 'paused', 'unsubscribed', 'suppressed'])), name='subscriber_state_known'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.CheckConstraint(condition=models.Q(('cadence__in', ['daily', 'weekdays', 'weekly'])), name='subscriber_cadence_known'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.CheckConstraint(condition=models.Q(('hour__lte', 23)), name='subscriber_hour_of_a_day'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='subscriber_weekday_of_a_week'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.CheckConstraint(condition=models.Q(('size__gte', 1), ('size__lte', 50)), name='subscriber_size_sensible'),
        ),
        migrations.AddConstraint(
            model_name='vote',
            constraint=models.UniqueConstraint(fields=('subscriber', 'paper'), name='unique_vote'),
        ),
        migrations.AddConstraint(
            model_name='vote',
            constraint=models.CheckConstraint(condition=models.Q(('value__in', (-1, 1))), name='vote_more_or_less'),
        ),
    ]
