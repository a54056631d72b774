"""The desk of the content: one button, one act; nobody overwrites anybody."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from newsletter.editions import composition
from newsletter.models import Edition, EditionChange, Paper, Summary, SummaryAttempt, Topic
from tests.factories import DAY, NOW, make_edition, make_paper, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def desk(client):
    client.force_login(User.objects.create_superuser("editor", "editor@example.org", "a long password"))
    return client


@pytest.fixture
def edition():
    return make_edition(make_topic(), [make_paper() for _ in range(4)], state="draft", approved_at=None)


def act(desk, edition, name, **fields):
    fields = {"revision": edition.revision, **fields}
    answer = desk.post(
        reverse("admin:newsletter_edition_act", args=[edition.pk]), {"act": name, **fields}, follow=True
    )
    edition.refresh_from_db()
    return answer.content.decode()


def order(edition):
    return list(edition.entries.order_by("-is_pinned", "position").values_list("pk", flat=True))


@pytest.mark.parametrize(("name", "state"), [("approve", "approved"), ("hold", "held")])
def test_an_editor_changes_the_state_and_takes_it_back(desk, edition, name, state):
    act(desk, edition, name)
    assert edition.state == state
    act(desk, edition, "undo")
    assert edition.state == "draft"


def test_an_approval_names_the_editor(desk, edition):
    act(desk, edition, "approve")
    assert edition.approved_by.username == "editor"


def test_the_list_approves_several_at_once(desk, edition):
    other = make_edition(make_topic(), [make_paper()], state="draft", approved_at=None)
    data = {"action": "approve", "_selected_action": [edition.pk, other.pk]}
    desk.post(reverse("admin:newsletter_edition_changelist"), data)
    assert set(Edition.objects.values_list("state", flat=True)) == {"approved"}


def test_all_drafts_of_a_day_are_approved_but_not_those_held(desk, edition):
    held = make_edition(make_topic(), [make_paper()], state="held", approved_at=None)
    desk.post(reverse("admin:newsletter_edition_approve_day", args=[DAY]))
    assert Edition.objects.get(pk=edition.pk).state == "approved"
    assert Edition.objects.get(pk=held.pk).state == "held"


def test_a_frozen_edition_is_refused_in_one_sentence(desk, edition):
    act(desk, edition, "approve")
    composition.freeze([edition.topic_id], at=NOW)
    assert "cannot be changed" in act(desk, edition, "hold")
    assert edition.state == "frozen"


def test_a_paper_of_a_frozen_edition_is_recalled_and_put_back(desk, edition):
    entry = order(edition)[0]
    assert "cannot be changed" in act(desk, edition, "recall", entry=entry)
    act(desk, edition, "approve")
    composition.freeze([edition.topic_id], at=NOW)
    assert "Recall" in act(desk, edition, "recall", entry=entry)
    assert edition.entries.get(pk=entry).is_hidden
    act(desk, edition, "put back", entry=entry)
    assert not edition.entries.get(pk=entry).is_hidden
    assert list(EditionChange.objects.values_list("kind", flat=True)) == ["put back", "recalled", "approved"]


def test_papers_are_moved_pinned_and_hidden_and_each_act_is_undone_in_turn(desk, edition):
    first = order(edition)
    act(desk, edition, "move", entry=first[3], to=1)
    assert order(edition) == [first[3], *first[:3]]
    act(desk, edition, "pin", entry=first[2])
    assert order(edition)[0] == first[2]
    act(desk, edition, "hide", entry=first[0])
    assert edition.entries.get(pk=first[0]).is_hidden
    for _ in range(3):
        act(desk, edition, "undo")
    assert order(edition) == first
    assert not edition.entries.filter(is_hidden=True).exists()
    assert "nothing to undo" in act(desk, edition, "undo")


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(desk, edition):
    entries = order(edition)
    seen = edition.revision
    act(desk, edition, "pin", entry=entries[1])
    page = act(desk, edition, "hide", entry=entries[0], revision=seen)
    assert "editor was faster: pinned" in page
    assert not edition.entries.filter(is_hidden=True).exists()
    assert edition.entries.get(pk=entries[1]).is_pinned


def test_a_note_that_came_too_late_need_not_be_typed_again(desk, edition):
    seen = edition.revision
    act(desk, edition, "note", **{"note-en": "The first."})
    page = act(desk, edition, "note", revision=seen, **{"note-en": "The second."})
    assert "was faster" in page
    assert ">The second.</textarea>" in page
    assert edition.note == {"en": "The first."}
    assert f'name="revision" value="{edition.revision}"' in page


def test_every_act_is_logged_with_who_and_when(desk, edition):
    act(desk, edition, "hide", entry=order(edition)[0])
    change = EditionChange.objects.get()
    assert change.by is not None
    assert (change.kind, change.by.username, change.revision) == ("hidden", "editor", edition.revision)
    assert change.at is not None


def test_notes_are_written_in_several_languages_and_an_empty_one_goes(desk, edition):
    act(desk, edition, "note", **{"note-en": "Good day.", "note-ko": "좋은 하루입니다."})
    assert edition.note == {"en": "Good day.", "ko": "좋은 하루입니다."}
    act(desk, edition, "note", **{"note-en": ""})
    assert edition.note == {"ko": "좋은 하루입니다."}
    act(desk, edition, "undo")
    assert edition.note == {"en": "Good day.", "ko": "좋은 하루입니다."}


@pytest.mark.parametrize(
    "typed", ["{}", "arXiv:{}v2", "https://arxiv.org/abs/{}", "https://arxiv.org/pdf/{}v1.pdf"]
)
def test_a_paper_is_added_by_its_id_however_it_is_written(desk, edition, typed):
    paper = make_paper()
    act(desk, edition, "add", arxiv_id=typed.format(paper.arxiv_id))
    assert edition.entries.order_by("position").last().paper == paper
    assert "already in this edition" in act(desk, edition, "add", arxiv_id=paper.arxiv_id)
    act(desk, edition, "undo")
    assert not edition.entries.filter(paper=paper).exists()


def test_what_is_no_id_and_what_was_withdrawn_is_refused(desk, edition):
    assert "is no arXiv id" in act(desk, edition, "add", arxiv_id="hello")
    gone = make_paper(is_withdrawn=True)
    assert "was withdrawn" in act(desk, edition, "add", arxiv_id=gone.arxiv_id)
    assert edition.entries.count() == 4


def test_doubles_are_offered_and_merged_into_the_better_place(desk):
    papers = [make_paper(title="Same"), make_paper(title="Other"), make_paper(title="same!")]
    edition = make_edition(make_topic(), papers, state="draft", approved_at=None)
    one, _, double = order(edition)
    page = desk.get(reverse("admin:newsletter_edition_change", args=[edition.pk])).content.decode()
    assert page.count("Merge with its double") == 1
    act(desk, edition, "merge", entry=double, into=one)
    assert edition.entries.get(pk=double).is_hidden
    act(desk, edition, "undo")
    assert not edition.entries.filter(is_hidden=True).exists()


def test_a_long_edition_has_pages_that_go_on_counting(desk, settings):
    settings.EDITION_SIZE = 2
    papers = [make_paper(title=f"Paper {place}") for place in range(4)] + [make_paper(title="Paper 0!")]
    edition = make_edition(make_topic(), papers, state="draft", approved_at=None)
    answer = desk.get(reverse("admin:newsletter_edition_change", args=[edition.pk]), {"p": "3"})
    sheet = answer.context["sheet"]
    assert [card.title for card in sheet.cards] == ["Paper 0!"]
    assert (sheet.page, sheet.pages, sheet.papers_count, sheet.shown_count) == (3, 3, 5, 5)
    page = answer.content.decode()
    assert '<span class="place">5</span>' in page
    assert page.count("Merge with its double") == 1
    last = sheet.cards[0].entry
    moved = desk.post(
        reverse("admin:newsletter_edition_act", args=[edition.pk]),
        {"act": "move", "revision": 0, "p": 3, "entry": last.pk, "to": 4},
    )
    assert moved["Location"].endswith(f"?p=3#entry-{last.pk}")
    assert order(edition).index(last.pk) == 3


def test_a_moved_paper_has_its_place_from_the_editor_until_that_is_undone(desk):
    edition = make_edition(make_topic(), [make_paper(), make_paper()], state="draft", approved_at=None)
    _, second = order(edition)
    act(desk, edition, "move", entry=second, to=1)
    assert order(edition)[0] == second
    assert list(edition.entries.filter(is_placed=True).values_list("pk", flat=True)) == [second]
    act(desk, edition, "undo")
    assert not edition.entries.filter(is_placed=True).exists()


def test_looking_changes_nothing_and_acting_needs_a_post(desk, edition):
    before = Edition.objects.filter(pk=edition.pk).values().get()
    assert desk.get(reverse("admin:newsletter_edition_change", args=[edition.pk])).status_code == 200
    assert desk.get(reverse("admin:newsletter_edition_act", args=[edition.pk])).status_code == 405
    assert Edition.objects.filter(pk=edition.pk).values().get() == before


def test_an_act_without_the_token_of_the_page_is_refused(edition):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("other", "", "a long password"))
    answer = strict.post(
        reverse("admin:newsletter_edition_act", args=[edition.pk]), {"act": "hold", "revision": 0}
    )
    assert answer.status_code == 403
    assert Edition.objects.get().state == "draft"


@pytest.mark.parametrize(
    "fields", [{}, {"entry": "x"}, {"entry": "-1"}, {"entry": "9" * 40}, {"revision": "nan"}]
)
def test_nonsense_is_refused_without_a_crash(desk, edition, fields):
    page = act(desk, edition, "pin", **fields)
    assert "not in the edition" in page or "changed meanwhile" in page
    answer = desk.post(reverse("admin:newsletter_edition_act", args=[edition.pk]), {"act": "explode"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "name", ["topic", "paper", "edition", "editionchange", "summary", "glossaryterm", "intakeday"]
)
def test_the_lists_of_the_content_open(desk, edition, name):
    make_summary(make_paper())
    act(desk, edition, "hold")
    assert desk.get(reverse(f"admin:newsletter_{name}_changelist")).status_code == 200


def test_hostile_text_stays_text(desk):
    paper = make_paper(title="<script>alert(1)</script>", comment="<img src=x onerror=alert(1)>")
    summary = make_summary(paper, sentence="<b onclick=x>bold</b>")
    edition = make_edition(make_topic(), [paper], state="draft")
    for name, pk in (("edition", edition.pk), ("summary", summary.pk)):
        page = desk.get(reverse(f"admin:newsletter_{name}_change", args=[pk])).content.decode()
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
        assert "<b onclick" not in page


# -- summaries ----------------------------------------------------------------------------------------------


def write(desk, summary, **fields):
    moment = summary.written_at.isoformat() if summary.written_at else ""
    data = {"act": "save", "seen": moment, "sentence": "We study it.", "text-1": "It is so.", **fields}
    answer = desk.post(reverse("admin:newsletter_summary_act", args=[summary.pk]), data, follow=True)
    summary.refresh_from_db()
    return answer.content.decode()


def test_an_edit_is_the_editors_version_and_what_was_there_is_kept(desk):
    summary = make_summary(make_paper())
    before = summary.sentence
    write(desk, summary, **{"evidence-1": "We study subject"})
    assert (summary.author, summary.state, summary.sentence) == ("editor", "ready", "We study it.")
    assert [kept.draft["sentence"] for kept in summary.kept_versions.all()] == ["We study it.", before]
    page = desk.get(reverse("admin:newsletter_summary_change", args=[summary.pk]), {"compare": "1"})
    assert "<ins>" in page.content.decode()


def test_an_editor_who_was_slower_overwrites_nothing(desk):
    summary = make_summary(make_paper())
    words = {"sentence": "Words that took me an hour.", "text-1": "A point of mine."}
    page = write(desk, summary, seen=(NOW - timedelta(days=1)).isoformat(), **words)
    assert "changed meanwhile" in page
    assert ">Words that took me an hour.</textarea>" in page
    assert ">A point of mine.</textarea>" in page
    # What was typed also outlives a form that was not complete.
    assert ">A point of mine.</textarea>" in write(desk, summary, **{**words, "sentence": ""})
    assert summary.author == "model"


def test_a_model_is_asked_again_with_a_hint_but_never_over_an_editor(desk):
    summary = make_summary(make_paper())
    where = reverse("admin:newsletter_summary_act", args=[summary.pk])
    desk.post(where, {"act": "again", "hint": "Say more."})
    summary.refresh_from_db()
    assert (summary.state, summary.hint) == ("wanted", "Say more.")
    Summary.objects.filter(pk=summary.pk).update(author="editor", state="ready")
    assert "never overwrites" in desk.post(where, {"act": "again"}, follow=True).content.decode()


def test_a_refused_answer_shows_its_verdicts_and_may_be_released(desk):
    summary = make_summary(make_paper(), state="held", author="", sentence="", takeaways=[], written_at=None)
    answer: dict[str, Any] = {
        "title": "",
        "sentence": "It needs half the memory.",
        "takeaways": [
            {"text": f"Point {n}.", "evidence": "half the memory of earlier work"} for n in (1, 2, 3)
        ],
        "keywords": ["a", "b", "c"],
    }
    finding = {
        "check": "number",
        "verdict": "failed",
        "field": "sentence",
        "words": ["93.7"],
        "message": "No.",
    }
    attempt = SummaryAttempt.objects.create(
        summary=summary, prompt_version="1", model="m", answer=json.dumps(answer), findings=[finding], at=NOW
    )
    answer["takeaways"][0]["text"] = "It reaches 93.7 points."
    SummaryAttempt.objects.update(answer=json.dumps(answer))
    page = desk.get(reverse("admin:newsletter_summary_change", args=[summary.pk])).content.decode()
    assert "<mark>93.7</mark>" in page
    # What was refused stands beside the source, its wrong words marked, ready to be repaired; and the prompt.
    assert 'It reaches <mark class="wrong">93.7</mark> points.' in page
    assert ">It reaches 93.7 points.</textarea>" in page
    assert "You state what one research paper says" in page
    where = reverse("admin:newsletter_summary_act", args=[summary.pk])
    desk.post(where, {"act": "release", "attempt": attempt.pk})
    summary.refresh_from_db()
    assert (summary.state, summary.author, summary.sentence) == (
        "ready",
        "editor",
        "It needs half the memory.",
    )


def test_evidence_is_marked_in_the_abstract(desk):
    summary = make_summary(make_paper())
    page = desk.get(reverse("admin:newsletter_summary_change", args=[summary.pk])).content.decode()
    assert '<mark tabindex="0" data-points="1 2 3">We study subject</mark>' in page


def test_a_query_is_tried_on_the_newest_day_and_a_wrong_one_is_explained(desk):
    make_paper(title="Robots that fold shirts")
    make_paper()
    tester = reverse("admin:newsletter_topic_tester")
    assert "1 of 2 papers" in desk.get(tester, {"query": "robots"}).content.decode()
    assert desk.get(tester, {"query": '"open'}).context["problem"]


ABOUT_GLOVES = "Gloves are old. We study gloves. Gloves, and mittens, are good. We like all gloves."


@pytest.fixture
def gloves():
    """A topic with a threshold, a paper that belongs, one that only mentions it, one of something else."""
    topic = make_topic(query="gloves OR mittens", threshold=0.55)
    make_paper(title="On gloves", abstract=ABOUT_GLOVES)
    make_paper(
        title="On hats", abstract="We study hats. Unlike <i>mittens</i>, they are good. They are cheap."
    )
    make_paper()
    return topic


def test_a_topics_page_shows_the_papers_at_its_border_with_words_and_strength(desk, gloves):
    edition = make_edition(gloves, [Paper.objects.get(title="On gloves")])
    page = desk.get(reverse("admin:newsletter_topic_change", args=[gloves.pk]))
    found = page.context["borderline"]
    assert [(one.paper.title, one.is_listed) for one in found.inside] == [("On gloves", True)]
    assert [(one.paper.title, one.is_listed) for one in found.outside] == [("On hats", False)]
    assert found.inside[0].match.strength > 0.55 > found.outside[0].match.strength
    assert (found.day, found.papers_count, found.belonging, found.left_out) == (edition.day, 3, 1, 1)
    text = page.content.decode()
    assert "<mark>mittens</mark>" in text
    assert f"{found.outside[0].match.strength:.2f}" in text


def test_the_border_is_shown_of_another_day_and_what_is_no_day_means_the_newest(desk, gloves):
    earlier = DAY - timedelta(days=1)
    make_paper(title="Old gloves", abstract=ABOUT_GLOVES, day=earlier)
    address = reverse("admin:newsletter_topic_change", args=[gloves.pk])
    old = desk.get(address, {"day": earlier.isoformat()}).context["borderline"]
    assert [one.paper.title for one in old.inside] == ["Old gloves"]
    assert desk.get(address, {"day": "yesterday"}).context["borderline"].day == DAY
    assert desk.get(address, {"day": "2020-01-01"}).status_code == 200


def test_the_border_takes_as_many_queries_for_many_papers(desk, gloves, django_assert_max_num_queries):
    address = reverse("admin:newsletter_topic_change", args=[gloves.pk])
    with CaptureQueriesContext(connection) as few:
        desk.get(address)
    for _ in range(30):
        make_paper(title="More gloves", abstract=ABOUT_GLOVES)
    with django_assert_max_num_queries(len(few)):
        page = desk.get(address)
    assert len(page.context["borderline"].inside) == 10


def test_a_topic_without_papers_or_with_a_broken_query_still_has_its_page(desk):
    topic = make_topic(query="robots")
    address = reverse("admin:newsletter_topic_change", args=[topic.pk])
    assert desk.get(address).context["borderline"] is None
    make_paper()
    Topic.objects.filter(pk=topic.pk).update(query='"open')
    assert topic.slug in desk.get(address).context["borderline"].problem
    daily = make_topic(listing="huggingface")
    assert desk.get(reverse("admin:newsletter_topic_change", args=[daily.pk])).context["borderline"] is None


@pytest.mark.parametrize("wrong", [{"supporting": "(open"}, {"threshold": "1.5"}, {"threshold": "-1"}])
def test_supporting_words_that_do_not_parse_and_thresholds_that_are_none_are_not_saved(desk, wrong):
    topic = make_topic(query="robots")
    data = {"slug": topic.slug, "names": '{"en": "X"}', "categories": "[]", "query": "robots"}
    data |= {"colour": "#334155", "position": "0", "threshold": "0.5"}
    address = reverse("admin:newsletter_topic_change", args=[topic.pk])
    assert desk.post(address, {**data, **wrong}).status_code == 200
    topic.refresh_from_db()
    assert (topic.supporting, topic.threshold) == ("", 0.0)
    assert desk.post(address, data).status_code == 302
    topic.refresh_from_db()
    assert topic.threshold == 0.5


def test_a_topic_whose_query_does_not_parse_is_not_saved(desk):
    topic = make_topic(query="robots")
    data = {
        "slug": topic.slug,
        "names": '{"en": "X"}',
        "categories": "[]",
        "query": "(robots",
        "colour": "#334155",
        "threshold": "0.5",
    }
    answer = desk.post(reverse("admin:newsletter_topic_change", args=[topic.pk]), {**data, "position": 0})
    assert answer.status_code == 200
    topic.refresh_from_db()
    assert topic.query == "robots"


def test_a_stranger_is_sent_to_the_login(client):
    assert client.get(reverse("admin:index")).status_code == 302
