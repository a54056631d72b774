"""A revision of the catalogue reaches the rows that nobody has edited, and only those."""

import dataclasses
from importlib import import_module

import pytest
from django.apps import apps

from newsletter.languages import LANGUAGES
from newsletter.models import Topic
from newsletter.topics import assignment as topics_module
from newsletter.topics.assignment import add_missing_topics, fingerprint, refresh_topics
from newsletter.topics.catalogue import load_shipped, load_topics

pytestmark = pytest.mark.django_db
RECORD = next(record for record in load_topics() if record.slug == "ai-safety")


@pytest.fixture(autouse=True)
def _no_catalogue():
    Topic.objects.all().delete()


def earlier(monkeypatch, **fields):
    """A row as an earlier release shipped it."""
    row = Topic.objects.create(
        slug=RECORD.slug, names={"en": RECORD.names["en"]}, categories=["cs.AI"], query="jailbreak", **fields
    )
    known = {RECORD.slug: (fingerprint(["cs.AI"], "jailbreak"),)}
    monkeypatch.setattr(topics_module, "load_shipped", lambda: known)
    return row


def definition(row):
    row.refresh_from_db()
    return row.categories, row.query, row.supporting, row.threshold


def test_a_row_as_it_was_shipped_gets_the_new_query(monkeypatch):
    row = earlier(monkeypatch)
    assert refresh_topics([RECORD]) == 1
    assert definition(row) == (list(RECORD.categories), RECORD.query, RECORD.supporting, RECORD.threshold)
    assert refresh_topics([RECORD]) == 0


@pytest.mark.parametrize(
    "edit",
    [{"query": "jailbreak OR mine"}, {"categories": ["cs.CR"]}, {"supporting": "mine"}, {"threshold": 0.9}],
)
def test_a_row_that_an_editor_changed_keeps_what_defines_it(monkeypatch, edit):
    row = earlier(monkeypatch)
    Topic.objects.filter(pk=row.pk).update(**edit)
    before = definition(row)
    refresh_topics([RECORD])
    assert definition(row) == before


def test_names_that_rows_lack_are_added_and_those_that_are_there_stay(monkeypatch):
    row = earlier(monkeypatch, is_active=False, position=7, colour="#123456")
    Topic.objects.filter(pk=row.pk).update(names={"en": "Our safety", "de": "Unser Name"}, query="ours")
    assert refresh_topics([RECORD]) == 1
    row.refresh_from_db()
    assert (row.names["en"], row.names["de"]) == ("Our safety", "Unser Name")
    assert row.names["hi"] == RECORD.names["hi"]
    assert set(row.names) == set(LANGUAGES)
    assert (row.is_active, row.position, row.colour) == (False, 7, "#123456")


def test_a_topic_that_is_not_shipped_is_left_alone():
    own = Topic.objects.create(slug="our-own", names={"en": "Ours"}, query="ours")
    assert refresh_topics(load_topics()) == 0
    own.refresh_from_db()
    assert own.names == {"en": "Ours"}


def test_a_new_installation_ends_with_the_catalogue_as_it_is():
    add_missing_topics(
        dataclasses.replace(record, supporting="", threshold=0.0) for record in load_topics()
    )  # the first migration's model has no such fields
    import_module("newsletter.migrations.0007_topics_revised").refresh(apps, None)
    rows = {row.slug: row for row in Topic.objects.all()}
    for record in load_topics():
        row = rows[record.slug]
        assert (row.query, row.supporting, row.threshold) == (
            record.query,
            record.supporting,
            record.threshold,
        )


def test_a_row_of_the_first_release_gets_the_present_query():
    row = Topic.objects.create(slug="robotics", names={"en": "Robotics"}, categories=["cs.RO"], query="")
    assert refresh_topics(load_topics()) == 1
    row.refresh_from_db()
    assert "cat:cs.RO" in row.query
    assert row.threshold > 0


def test_white_space_is_no_edit():
    assert fingerprint(["cs.AI"], "a  OR\n b") == fingerprint(["cs.AI"], "a OR b")


def test_every_release_so_far_is_known():
    assert all(len(known) >= 2 for slug, known in load_shipped().items() if slug != "huggingface-daily")
