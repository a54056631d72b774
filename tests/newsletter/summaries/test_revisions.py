"""Each text of a summary that may reach a reader is kept: numbered, with its time and whose it is."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from newsletter.desk import wording
from newsletter.models import Summary, SummaryRevision, SummaryRevisionQuerySet
from newsletter.records import SummaryDraft, Takeaway
from newsletter.summaries import ledger, needs
from tests.factories import NOW, make_paper, make_summary

pytestmark = pytest.mark.django_db
DRAFT = SummaryDraft(
    sentence="It halves the memory.", takeaways=(Takeaway("Half the memory.", "half the memory"),)
)
OTHER = SummaryDraft(sentence="It needs a third.", takeaways=DRAFT.takeaways)


def wanted(paper=None, **fields):
    return Summary.objects.create(paper=paper or make_paper(), language="en", **fields)


def claim(row):
    (job,) = ledger.claim([row.pk], run=uuid.uuid4(), now=NOW, with_model=True)
    return job


def revisions(row):
    rows = SummaryRevision.objects.of(row.paper_id, row.language)
    return [(each.number, each.words["sentence"], each.author) for each in rows.order_by("number")]


def test_an_answer_of_a_model_an_extract_and_an_editors_words_are_revisions():
    row = wanted()
    ledger.write_extract(claim(row), now=NOW)
    ledger.finish(claim(row), DRAFT, checked_numbers=3, now=NOW)
    row.refresh_from_db()
    editor = User.objects.create_user("ada")
    wording.write(row.pk, OTHER, by=editor, at=NOW + timedelta(hours=1), seen=NOW)
    row.refresh_from_db()
    (first, *rest) = revisions(row)
    assert first[0] == 1
    assert first[2] == "extract"
    assert rest == [(2, DRAFT.sentence, "model"), (3, OTHER.sentence, "editor")]
    assert row.revision == 3
    newest = SummaryRevision.objects.of(row.paper_id, "en").first()
    assert newest is not None
    assert (newest.by, newest.at) == (editor, NOW + timedelta(hours=1))
    assert SummaryRevision.objects.get(number=2).checked_numbers == 3


def test_the_same_words_again_are_the_same_revision():
    row = wanted()
    ledger.finish(claim(row), DRAFT, checked_numbers=None, now=NOW)
    row.refresh_from_db()
    wording.write(row.pk, DRAFT, by=None, at=NOW + timedelta(hours=1), seen=NOW)
    row.refresh_from_db()
    assert (row.revision, len(revisions(row))) == (1, 1)


def test_words_from_before_revisions_were_kept_are_the_first_when_they_change():
    row = make_summary(make_paper())
    assert row.revision == 0
    wording.write(row.pk, DRAFT, by=None, at=NOW + timedelta(hours=1), seen=row.written_at)
    assert [number for number, *_ in revisions(row)] == [1, 2]
    assert SummaryRevision.objects.get(number=1).words["sentence"] == row.sentence

    other = make_summary(make_paper(), state="wanted", author="extract")
    ledger.finish(claim(other), DRAFT, checked_numbers=None, now=NOW)
    assert [sentence for _, sentence, _ in revisions(other)] == [other.sentence, DRAFT.sentence]


def test_the_title_that_stands_with_an_extract_is_one_and_what_nobody_sees_is_none():
    row, silent = wanted(), wanted()
    ledger.hold(claim(row), state="held", reason="not sure", title="Un titre")
    ledger.hold(claim(silent), state="held", reason="not sure")
    assert revisions(row) == [(1, "", "")]
    assert revisions(silent) == []


def test_a_run_that_was_overtaken_keeps_nothing():
    row = wanted()
    job = claim(row)
    wording.write(row.pk, OTHER, by=None, at=NOW, seen=None)
    assert not ledger.finish(job, DRAFT, checked_numbers=None, now=NOW)
    assert revisions(row) == [(1, OTHER.sentence, "editor")]


def test_numbers_go_on_where_a_summary_that_nobody_needed_went():
    row = wanted()
    ledger.write_extract(claim(row), now=NOW)
    Summary.objects.filter(pk=row.pk).update(state="wanted")
    assert needs.drop_unneeded([]) == 1
    again = wanted(row.paper)
    ledger.finish(claim(again), DRAFT, checked_numbers=None, now=NOW)
    again.refresh_from_db()
    assert again.revision == 2
    assert len(revisions(again)) == 2


def test_what_a_transaction_takes_back_leaves_no_revision(monkeypatch):
    row = wanted()
    job = claim(row)
    monkeypatch.setattr(SummaryRevisionQuerySet, "create", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ledger.finish(job, DRAFT, checked_numbers=None, now=NOW)
    row.refresh_from_db()
    assert row.state == "claimed"
