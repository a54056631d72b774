"""Help texts in plain words; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('newsletter', '0011_summary_sentence_evidence'),
    ]

    operations = [
        migrations.AlterField(
            model_name='demand',
            name='size',
            field=models.PositiveSmallIntegerField(default=10, help_text='How many papers the largest of their digests has.'),
        ),
        migrations.AlterField(
            model_name='edition',
            name='revision',
            field=models.PositiveIntegerField(default=0, help_text='Counts changes, so that concurrent edits are noticed.'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='strength',
            field=models.FloatField(blank=True, help_text='How much it is about the topic, from 0 to 1; empty where it was not computed.', null=True),
        ),
        migrations.AlterField(
            model_name='setaside',
            name='content',
            field=models.JSONField(blank=True, default=dict, help_text='Data of an item that is in no other table.'),
        ),
        migrations.AlterField(
            model_name='setaside',
            name='owner',
            field=models.CharField(blank=True, help_text='Whose it is: deleted with them.', max_length=40),
        ),
        migrations.AlterField(
            model_name='summarydemand',
            name='place',
            field=models.PositiveSmallIntegerField(help_text='Its best place in any of these digests; 0: pinned.'),
        ),
    ]
