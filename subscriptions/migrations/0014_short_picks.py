"""Picks are stored in a form of a quarter of the size; digests of before are written anew in it.

A stretch of ids at a time; what an earlier, broken-off run has written stays. What cannot be read keeps its
old form, and is the fault of its row alone.
"""

import json

import subscriptions.models.fields
import subscriptions.picks
from django.db import migrations
from django.db.models import Max, Min, TextField
from django.db.models.functions import Cast

STRETCH = 5_000


def shortened(stored):
    """A row's picks in form 1, from the object that was stored before."""
    old = json.loads(stored)
    if not old:
        return ""
    papers = [(paper, reasons) for paper, reasons in old.get("papers", ())]
    also, found = old.get("also", ()), old.get("found", ())
    topics, editions = old.get("topics", ()), old.get("editions", ())
    first = min((*(paper for paper, _ in papers), *also, *found), default=0)
    first_edition = min(editions, default=0)
    known, queries = list(topics), []
    extra = {
        "t": known,
        "q": queries,
        "f": [paper - first for paper in found],
        "a": old.get("asked", ""),
    }
    written = [
        [paper - first, *(reason for given in reasons if (reason := short(given, known, queries)) is not None)]
        for paper, reasons in papers
    ]
    extra["t"] = known[len(topics) :]
    form = [
        1,
        first,
        written,
        [paper - first for paper in also],
        old.get("day", ""),
        int(old.get("new", 0)),
        list(topics),
        first_edition,
        [edition - first_edition for edition in editions],
        {name: value for name, value in extra.items() if value},
    ]
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"))


def short(given, topics, queries):
    """One reason; None for one that no version knows any more."""
    kind, *rest = given
    if kind == "topic":
        return place(topics, rest[0])
    if kind == "pinned":
        return -1
    if kind == "update":
        return -1 - rest[0]
    if kind == "query":
        query, *lists = rest
        while lists and not lists[-1]:
            lists.pop()
        return [place(queries, query), *lists]
    return None


def place(values, value):
    if value not in values:
        values.append(value)
    return values.index(value)


def shorten(apps, schema_editor):
    rows = apps.get_model("subscriptions", "Delivery").objects.using(schema_editor.connection.alias)
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    for start in range(ends["first"], ends["last"] + 1, STRETCH):
        some = rows.annotate(stored=Cast("picks", TextField())).filter(
            pk__gte=start, pk__lt=start + STRETCH, stored__startswith="{"
        )
        changed = []
        for row in some.defer("picks"):
            try:
                row.picks = shortened(row.stored)
            except (ValueError, TypeError, KeyError, IndexError, AttributeError):
                continue
            changed.append(row)
        rows.bulk_update(changed, ["picks"], batch_size=200)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscriptions", "0013_note_mailed_papers")]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="picks",
            field=subscriptions.models.fields.PicksField(blank=True, default=subscriptions.picks.Picks),
        ),
        migrations.RunPython(shorten, migrations.RunPython.noop),
    ]
