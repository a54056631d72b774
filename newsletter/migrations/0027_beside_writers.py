"""What reads all papers and summaries, while others read and write: an index, and checks of old rows."""

from django.db import migrations, models

from lib.migration_operations import AddFieldIndexBesideWriters, ValidateConstraints


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("newsletter", "0026_kept_extracts")]

    operations = [
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
