"""Papers that digests held before this was noted have public pages from now on too.

A stretch of ids at a time; what is noted by an earlier, broken-off run stays.
"""

from django.db import migrations
from django.db.models import Max, Min

STRETCH = 20_000
PAPERS_AT_ONCE = 5000  # below SQLite's limit of variables
LEFT = ("sent", "sending", "uncertain")


def papers_in(picks):
    yield from (paper for paper, *_reasons in picks.get("papers", ()))
    yield from picks.get("also", ())
    yield from picks.get("found", ())


def note_mailed_papers(apps, schema_editor):
    alias = schema_editor.connection.alias
    rows = apps.get_model("subscriptions", "Delivery").objects.using(alias).filter(state__in=LEFT)
    papers = apps.get_model("newsletter", "Paper").objects.using(alias)
    mailed = apps.get_model("newsletter", "MailedPaper")
    noted = set(mailed.objects.using(alias).values_list("pk", flat=True))
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    for start in range(ends["first"], ends["last"] + 1, STRETCH):
        since = {}
        some = rows.filter(pk__gte=start, pk__lt=start + STRETCH).order_by("day")
        for day, picks in some.values_list("day", "picks").iterator():
            for paper in papers_in(picks):
                if paper not in noted:
                    since.setdefault(paper, day)
        ids = sorted(since)
        for at in range(0, len(ids), PAPERS_AT_ONCE):
            there = papers.filter(pk__in=ids[at : at + PAPERS_AT_ONCE]).values_list("pk", flat=True)
            new = [mailed(paper_id=paper, since=since[paper]) for paper in there]
            mailed.objects.using(alias).bulk_create(new, ignore_conflicts=True)
        noted.update(ids)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscriptions", "0012_learned_pace"), ("newsletter", "0008_mailed_papers")]

    operations = [migrations.RunPython(note_mailed_papers, migrations.RunPython.noop)]
