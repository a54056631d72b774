"""One bad item is set aside and the rest goes on; if everything fails, it is not the items."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DataError, OperationalError

from newsletter.errors import InvalidInput, SourceError
from newsletter.models import SetAside, Topic
from newsletter.set_aside import Stage, StageDown, isolating, pause_after, put_aside
from tests.factories import NOW, make_topic

pytestmark = pytest.mark.django_db
STAGE = Stage("trying", "trying numbers", "number", "newsletter.view_paper")
TEN = list(range(10))


def refuse(number, *, bad=(3,)):
    if number in bad:
        raise ValueError(f"{number} is odd of a@b.example, \x00\ud83d")
    return number


def run_each(items=TEN, *, now=NOW, act=refuse):
    with isolating(STAGE, now=now) as run:
        return list(run.each(items, act))


def run_together(items=TEN, *, now=NOW, bad=(3,)):
    calls = []

    def act(some):
        calls.append(list(some))
        return [refuse(number, bad=bad) for number in some]

    with isolating(STAGE, now=now) as run:
        results = run.together(items, act)
    return [number for part in results for number in part], calls


def test_one_of_ten_is_set_aside_and_nine_are_done(caplog):
    assert run_each() == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    row = SetAside.objects.get()
    assert (row.stage, row.item, row.count, row.state) == ("trying", "number 3", 1, "waiting")
    assert row.reason == "ValueError: 3 is odd of <address>, \ufffd\ufffd"
    assert row.retry_at == NOW + timedelta(minutes=10)
    assert sum(record.exc_info is not None for record in caplog.records) == 1


def test_what_is_set_aside_is_left_alone_for_longer_and_longer_and_logged_whole_once(caplog):
    run_each()
    assert run_each(now=NOW + timedelta(minutes=9)) == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert SetAside.objects.get().count == 1
    later = NOW + timedelta(minutes=11)
    run_each(now=later)
    row = SetAside.objects.get()
    assert (row.count, row.first_at, row.last_at) == (2, NOW, later)
    assert row.retry_at == later + timedelta(minutes=20)
    assert pause_after(50) == timedelta(days=1)
    assert sum(record.exc_info is not None for record in caplog.records) == 1


def test_what_is_done_after_all_is_set_aside_no_longer():
    run_each()
    assert run_each(now=NOW + timedelta(hours=1), act=lambda number: number) == TEN
    assert not SetAside.objects.exists()


def test_what_was_dropped_is_never_tried_again():
    run_each()
    SetAside.objects.update(state="dropped")
    assert 3 not in run_each(now=NOW + timedelta(days=99), act=lambda number: number)
    assert SetAside.objects.get().state == "dropped"


def test_a_batch_is_tried_whole_and_divided_only_when_it_fails(django_assert_num_queries):
    with django_assert_num_queries(3):  # what is set aside, and the savepoint around the batch
        done, calls = run_together(list(range(1000)), bad=())
    assert done == list(range(1000))
    assert len(calls) == 1
    done, calls = run_together(list(range(1000)), bad=(3, 998))
    assert done == [number for number in range(1000) if number not in (3, 998)]
    assert len(calls) < 50
    assert set(SetAside.objects.values_list("item", flat=True)) == {"number 3", "number 998"}


@pytest.mark.parametrize("run", [run_each, lambda items: run_together(items, bad=items)])
@pytest.mark.parametrize("many", [10, 1000])
def test_if_everything_fails_alike_no_item_is_blamed_and_few_are_tried(run, many, caplog):
    def act(number):
        raise KeyError("the template")

    items = list(range(many))
    with pytest.raises(StageDown, match="Trying numbers fails for every number in the same way"):
        run(items, act=act) if run is run_each else run(items)
    row = SetAside.objects.get()
    assert (row.item, row.retry_at) == ("", None)
    assert len([record for record in caplog.records if record.exc_info]) <= 20
    run_each(items, act=lambda number: number)
    assert not SetAside.objects.exists()


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("the database is gone"),
        ConnectionRefusedError("the broker"),
        SoftTimeLimitExceeded(),
        SourceError("The model is overloaded.", transient=True),
    ],
)
def test_what_is_no_items_fault_is_passed_on_and_nothing_is_set_aside(error):
    def act(number):
        raise error

    for run in (lambda: run_each([1], act=act), lambda: run_each(act=act)):
        with pytest.raises(type(error)):
            run()
    assert not SetAside.objects.exists()


def test_what_failed_before_the_database_went_is_still_known():
    def act(number):
        if number == 5:
            raise ConnectionRefusedError("the broker")
        return refuse(number)

    with pytest.raises(ConnectionRefusedError):
        run_each(act=act)
    assert SetAside.objects.get().item == "number 3"


def test_a_statement_that_the_database_refuses_spoils_no_other():
    before = Topic.objects.count()

    def act(number):
        return make_topic(colour="#0123456789" if number == 3 else "#012345", position=number).pk

    def act_strictly(number):
        pk = act(number)
        if number == 3:
            raise DataError("value too long for type character varying(7)")
        return pk

    assert len(run_each(act=act_strictly)) == 9
    assert Topic.objects.count() == before + 9


def test_an_errors_own_sentence_is_the_reason():
    def act(number):
        if number == 3:
            raise InvalidInput("Unknown time zone 'Mars'; use a name such as Europe/Berlin.")

    run_each(act=act)
    assert SetAside.objects.get().reason == "Unknown time zone 'Mars'; use a name such as Europe/Berlin."


def test_what_belongs_to_a_person_is_found_by_the_person():
    put_aside(STAGE, "delivery 5", owner="reader 4", reason="x", now=NOW)
    put_aside(STAGE, "reader 4", reason="x", now=NOW)
    put_aside(STAGE, "reader 44", reason="x", now=NOW)
    assert SetAside.objects.about("reader 4").count() == 2
