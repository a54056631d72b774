"""The catalogue's revised queries, for rows that nobody has edited, and the names that rows lack."""

from typing import Any

from django.db import migrations


def refresh(apps: Any, _: Any) -> None:
    from newsletter.topics.catalogue import load_topics
    from newsletter.topics.assignment import refresh_topics

    refresh_topics(load_topics(), model=apps.get_model("newsletter", "Topic"))


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0006_topic_strength")]

    operations = [migrations.RunPython(refresh, migrations.RunPython.noop, elidable=False)]
