"""The shipped catalogue of topics."""

from typing import Any

from django.db import migrations


def add_topics(apps: Any, _: Any) -> None:
    from newsletter.topics.catalogue import load_topics
    from newsletter.topics.assignment import add_missing_topics

    add_missing_topics(load_topics(), model=apps.get_model("newsletter", "Topic"))


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0001_initial")]

    operations = [migrations.RunPython(add_topics, migrations.RunPython.noop, elidable=False)]
