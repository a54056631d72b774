"""Many rows at once are the rows that Django would have inserted."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from newsletter.intake.bulk import insert
from newsletter.models import Announcement, Paper, PaperVersion
from newsletter.models.states import AnnouncementKind, Source

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 3, 17, 10, 0, 5, 123456, tzinfo=UTC)
ODD = ["\\N", "\\.", "a\tb\nc\rd", 'a "quote"', "{}", "\\x41", "", "Ünïcôdé 論文 🧪", "\x01"]


def papers(titles):
    return [
        Paper(
            arxiv_id=f"2603.{number:05d}", title=title, abstract=title, authors=[title], published_at=MOMENT
        )
        for number, title in enumerate(titles)
    ]


def columns(paper):
    return {field.attname: getattr(paper, field.attname) for field in Paper._meta.concrete_fields}


def test_what_is_read_back_is_what_was_inserted():
    rows = papers(ODD)
    insert(rows)
    assert all(row.pk and not row._state.adding and row.created_at for row in rows)
    found = Paper.objects.in_bulk(field_name="arxiv_id")
    assert [columns(found[row.arxiv_id]) for row in rows] == [columns(row) for row in rows]


def test_rows_are_equal_to_those_that_django_inserts():
    insert(papers(ODD))
    ours = list(Paper.objects.order_by("arxiv_id"))
    Paper.objects.all().delete()
    Paper.objects.bulk_create(papers(ODD))
    apart = {"id", "created_at"}
    for mine, theirs in zip(ours, Paper.objects.order_by("arxiv_id"), strict=True):
        assert [item for item in columns(mine).items() if item[0] not in apart] == [
            item for item in columns(theirs).items() if item[0] not in apart
        ]


def test_keys_do_not_collide_with_those_of_rows_saved_one_by_one():
    insert(papers(ODD))
    Paper.objects.create(arxiv_id="2603.10000", title="One more")
    insert([Paper(arxiv_id="2603.10001", title="And another")])
    assert Paper.objects.count() == len(ODD) + 2


def test_names_of_a_choice_days_and_the_paper_are_stored():
    insert(rows := papers(["One"]))
    insert(
        [
            Announcement(
                paper_id=rows[0].pk, source=Source.ARXIV, kind=AnnouncementKind.NEW, day=date(2026, 3, 18)
            )
        ]
    )
    found = Announcement.objects.get()
    assert (found.paper_id, found.source, found.kind, found.day) == (
        rows[0].pk,
        "arxiv",
        "new",
        date(2026, 3, 18),
    )


def test_no_rows_are_none():
    insert([])
    assert not Paper.objects.exists()


def test_a_row_that_breaks_a_rule_leaves_none_of_them():
    insert(rows := papers(["One"]))
    versions = [PaperVersion(paper_id=rows[0].pk, version=number, title="One") for number in (1, 2, 2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(versions)
    assert not PaperVersion.objects.exists()
