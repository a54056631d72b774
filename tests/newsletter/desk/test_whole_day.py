"""All of a day: one order of its papers, acts in every edition at once, undone together."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from newsletter.desk import curation
from newsletter.desk.order import merged
from newsletter.editions import composition
from newsletter.errors import StateError
from newsletter.models import Demand, EditionChange
from tests.factories import DAY, NOW, make_edition, make_paper, make_topic

pytestmark = pytest.mark.slow


def test_an_order_agrees_with_every_list_that_it_was_made_of():
    assert merged([[1, 2, 3], [2, 4, 3]], key=lambda each: -each) == [1, 2, 4, 3]


@given(st.lists(st.lists(st.integers(0, 9), unique=True), max_size=5))
def test_lists_that_contradict_each_other_still_give_each_once(orders):
    found = merged(orders, key=lambda each: each)
    assert sorted(found) == sorted({each for order in orders for each in order})


@pytest.fixture
def desk(client, db):
    client.force_login(User.objects.create_superuser("editor", "editor@example.org", "a long password"))
    return client


@pytest.fixture
def day(db):
    """Two topics: the first has papers a, b, c; the second b, d."""
    a, b, c, d = (
        make_paper(title=title, votes=votes) for title, votes in zip("abcd", (9, 5, 1, 2), strict=True)
    )
    one, two = make_topic("one", query="study"), make_topic("two", query="study")
    first = make_edition(one, [a, b, c], state="draft", approved_at=None)
    second = make_edition(two, [b, d], state="draft", approved_at=None)
    return {"a": a, "b": b, "c": c, "d": d, "first": first, "second": second}


def act(desk, day, name, *, revision=None, **fields):
    for key in ("first", "second"):
        day[key].refresh_from_db()
    if revision is None:
        revision = day["first"].revision + day["second"].revision
    answer = desk.post(
        reverse("admin:newsletter_edition_day_act", args=[DAY]),
        {"act": name, "revision": revision, **fields},
        follow=True,
    )
    for key in ("first", "second"):
        day[key].refresh_from_db()
    return answer.content.decode()


def names(edition):
    entries = edition.entries.order_by("-is_pinned", "position").select_related("paper")
    return "".join(entry.paper.title for entry in entries if not entry.is_hidden)


def test_the_page_shows_every_paper_once_with_its_editions_and_its_readers(desk, day):
    Demand.objects.create(topic=day["first"].topic, language="en", readers=30)
    Demand.objects.create(topic=day["second"].topic, language="ko", readers=12)
    sheet = desk.get(reverse("admin:newsletter_edition_day", args=[DAY])).context["sheet"]
    assert [card.title for card in sheet.cards] == ["a", "b", "d", "c"]
    shared = sheet.cards[1]
    assert [place.edition.topic.slug for place in shared.places] == ["one", "two"]
    assert shared.readers == (("en", 30), ("ko", 12))


def test_a_long_day_is_shown_in_pages_with_few_queries(desk, day, django_assert_max_num_queries):
    make_edition(make_topic("three"), [make_paper() for _ in range(50)], state="draft", approved_at=None)
    with django_assert_max_num_queries(20):
        page = desk.get(reverse("admin:newsletter_edition_day", args=[DAY]), {"p": 2})
    assert [card.number for card in page.context["sheet"].cards] == list(range(41, 55))


def test_pinning_and_hiding_act_in_every_edition_and_are_undone_together(desk, day):
    assert "2 editions" in act(desk, day, "pin", entry=day["b"].pk)
    assert (names(day["first"]), names(day["second"])) == ("bac", "bd")
    act(desk, day, "hide", entry=day["b"].pk)
    assert (names(day["first"]), names(day["second"])) == ("ac", "d")
    act(desk, day, "undo")
    act(desk, day, "undo")
    assert (names(day["first"]), names(day["second"])) == ("abc", "bd")
    assert EditionChange.objects.filter(kind="pinned", by__username="editor").count() == 2
    assert "nothing to undo" in act(desk, day, "undo")


def test_moving_gives_a_paper_its_place_in_each_of_its_editions(desk, day):
    act(desk, day, "move", entry=day["d"].pk, to=1)
    assert (names(day["first"]), names(day["second"])) == ("abc", "db")
    act(desk, day, "move", entry=day["c"].pk, to=1)
    assert names(day["first"]) == "cab"
    assert "for no reader" in act(desk, day, "move", entry=day["d"].pk, to=1)


def test_an_act_skips_what_is_frozen(desk, day):
    composition.approve(day["first"], by=None, at=NOW)
    composition.freeze([day["first"].topic_id], at=NOW)
    assert "1 edition:" in act(desk, day, "hide", entry=day["b"].pk)
    assert (names(day["first"]), names(day["second"])) == ("abc", "d")
    assert "could be changed" in act(desk, day, "hide", entry=day["a"].pk)


def test_doubles_are_merged_also_where_only_the_double_stands(desk, day):
    act(desk, day, "merge", entry=day["d"].pk, into=day["a"].pk)
    assert (names(day["first"]), names(day["second"])) == ("abc", "ba")
    act(desk, day, "undo")
    assert names(day["second"]) == "bd"
    assert not day["second"].entries.filter(paper=day["a"]).exists()


def test_a_paper_is_added_to_each_topic_that_it_matches(desk, day):
    act(desk, day, "add", arxiv_id=day["a"].arxiv_id)
    assert (names(day["first"]), names(day["second"])) == ("abc", "bda")
    stranger = make_paper(title="e", abstract="Nothing.", day=None)
    assert "matches no topic" in act(desk, day, "add", arxiv_id=stranger.arxiv_id)


def test_a_note_of_the_day_leaves_the_notes_of_single_editions_alone(desk, day):
    composition.write_note(day["first"], {"ko": "하나"})
    act(desk, day, "note", **{"note-en": "All of us.", "note-ko": ""})
    assert day["first"].note == {"en": "All of us.", "ko": "하나"}
    assert day["second"].note == {"en": "All of us."}
    act(desk, day, "note", **{"note-en": "", "note-ko": ""})
    assert (day["first"].note, day["second"].note) == ({"ko": "하나"}, {})


def test_the_state_of_all_is_changed_and_taken_back(desk, day):
    act(desk, day, "hold")
    assert {day["first"].state, day["second"].state} == {"held"}
    act(desk, day, "undo")
    act(desk, day, "approve")
    assert {day["first"].state, day["second"].state} == {"approved"}
    act(desk, day, "reopen")
    assert {day["first"].state, day["second"].state} == {"draft"}


def test_the_second_of_two_editors_of_a_day_is_told_and_nothing_is_lost(desk, day):
    act(desk, day, "pin", entry=day["c"].pk)
    page = act(desk, day, "hide", revision=0, entry=day["b"].pk)
    assert "editor was faster: pinned in one" in page
    assert names(day["first"]) == "cab"
    page = act(desk, day, "note", revision=0, **{"note-en": "Typed in vain?"})
    assert ">Typed in vain?</textarea>" in page


def test_all_editions_change_or_none(desk, day, monkeypatch):
    seen = []

    def failing(pk, at, *, entry_id, pinned):
        seen.append(pk)
        if len(seen) == 2:
            raise StateError("It was frozen in this moment.")
        original(pk, at, entry_id=entry_id, pinned=pinned)

    original = curation.pin
    monkeypatch.setattr(curation, "pin", failing)
    assert "frozen in this moment" in act(desk, day, "pin", entry=day["b"].pk)
    assert names(day["first"]) == "abc"
    assert not EditionChange.objects.exists()


def test_a_paper_is_recalled_from_what_is_frozen_too(desk, day):
    composition.approve(day["first"], by=None, at=NOW)
    composition.freeze([day["first"].topic_id], at=NOW)
    assert "2 editions" in act(desk, day, "recall", entry=day["b"].pk)
    assert (names(day["first"]), names(day["second"])) == ("ac", "d")
    act(desk, day, "put back", entry=day["b"].pk)
    assert (names(day["first"]), names(day["second"])) == ("abc", "bd")


def test_nonsense_finds_no_page(desk, day):
    assert desk.get(reverse("admin:newsletter_edition_day", args=["soon"])).status_code == 404
    assert (
        desk.post(reverse("admin:newsletter_edition_day_act", args=[DAY]), {"act": "burn"}).status_code == 404
    )
