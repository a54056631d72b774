"""Editions hold all papers that belong; an entry says whether an editor gave it its place."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('newsletter', '0013_paper_features'),
    ]

    operations = [
        migrations.AddField(
            model_name='entry',
            name='is_placed',
            field=models.BooleanField(default=False, help_text="An editor moved it here: down to this place the order is the editor's for every reader."),
        ),
        migrations.AlterField(
            model_name='daysettings',
            name='edition_size',
            field=models.PositiveSmallIntegerField(blank=True, help_text='How many papers of one topic and day pages show at first; editions hold all that belong.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='papers of an edition on a page'),
        ),
    ]
