"""What reads all papers, entries and summaries, while others write: indexes, and checks of old rows."""

from django.db import migrations, models

from lib.migration_operations import AddFieldIndexBesideWriters, AddIndexBesideWriters, ValidateConstraints


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("newsletter", "0026_kept_extracts")]

    operations = [
        AddIndexBesideWriters(
            model_name="entry",
            index=models.Index(condition=models.Q(("is_hidden", True)), fields=["paper"], name="entry_hidden"),
        ),
        AddFieldIndexBesideWriters(
            model_name="paper",
            name="extract_format",
            field=models.PositiveSmallIntegerField(db_index=True, editable=False, null=True),
        ),
        ValidateConstraints("paper", ["newsletter_paper_extract_format_check"]),
        ValidateConstraints(
            "summary", ["newsletter_summary_checked_numbers_check", "newsletter_summary_revision_check"]
        ),
    ]
