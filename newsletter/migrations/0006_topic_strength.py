"""How much a paper is about a topic: what topics ask for, and what entries are."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0005_typed_drafts"),
    ]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="strength",
            field=models.FloatField(
                blank=True,
                help_text="How much it is about the topic, from 0 to 1; empty where nobody has weighed it.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="topic",
            name="supporting",
            field=models.TextField(
                blank=True,
                help_text="Words that make a match stronger and none by themselves: robot OR gripper OR grasping.",
            ),
        ),
        migrations.AddField(
            model_name="topic",
            name="threshold",
            field=models.FloatField(
                default=0.0,
                help_text="From 0 to 1: weaker matches are left out. Most topics of the catalogue have 0.56.",
                validators=[
                    django.core.validators.MinValueValidator(0.0),
                    django.core.validators.MaxValueValidator(1.0),
                ],
            ),
        ),
    ]
