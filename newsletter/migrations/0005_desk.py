import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _somebody():
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


def _key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0004_readings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EditionChange",
            fields=[
                ("id", _key()),
                ("kind", models.CharField(max_length=12)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("revision", models.PositiveIntegerField()),
                ("before", models.JSONField(default=dict)),
                ("is_undone", models.BooleanField(default=False)),
                ("by", _somebody()),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="newsletter.edition",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("edition", "revision"), name="unique_edition_change_revision"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SummaryVersion",
            fields=[
                ("id", _key()),
                (
                    "author",
                    models.CharField(help_text="Whose words: model, editor or extract.", max_length=8),
                ),
                ("draft", models.JSONField(help_text="{title, sentence, takeaways, keywords}")),
                ("at", models.DateTimeField()),
                ("by", _somebody()),
                (
                    "summary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_versions",
                        to="newsletter.summary",
                    ),
                ),
            ],
            options={"ordering": ["-pk"]},
        ),
    ]
