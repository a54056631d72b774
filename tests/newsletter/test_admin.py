"""The editor's desk does what the stage functions do, and says what it refused."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from newsletter import editions
from newsletter.errors import StateError
from newsletter.models import Edition
from tests.factories import NOW, make_edition, make_paper, make_summary, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(User.objects.create_superuser("editor", "editor@example.org", "a long password"))
    return client


def act(desk, action, *chosen):
    data = {"action": action, "_selected_action": [edition.pk for edition in chosen]}
    return desk.post(reverse("admin:newsletter_edition_changelist"), data, follow=True)


@pytest.mark.parametrize(
    ("action", "state"), [("approve", "approved"), ("hold", "held"), ("reopen", "draft")]
)
def test_an_editor_changes_the_state_of_editions(desk, action, state):
    edition = make_edition(make_topic(), [make_paper()], state="draft", approved_at=None)
    act(desk, action, edition)
    edition.refresh_from_db()
    assert edition.state == state


def test_an_approval_names_the_editor(desk):
    edition = make_edition(make_topic(), [make_paper()], state="draft", approved_at=None)
    act(desk, "approve", edition)
    edition.refresh_from_db()
    assert edition.approved_by.username == "editor"


def test_a_frozen_edition_is_refused_in_one_sentence(desk):
    edition = make_edition(make_topic(), [make_paper()])
    editions.freeze([edition.pk], at=NOW)
    page = act(desk, "hold", edition).content.decode()
    assert "cannot be held" in page
    assert Edition.objects.get().state == "frozen"


@pytest.mark.parametrize(
    "name", ["topic", "paper", "edition", "summary", "glossaryterm", "intakeday", "sourcehealth"]
)
def test_the_lists_of_the_content_open(desk, name):
    paper = make_paper()
    make_summary(paper)
    make_edition(make_topic(), [paper])
    assert desk.get(reverse(f"admin:newsletter_{name}_changelist")).status_code == 200


def test_an_edition_page_hides_and_pins_papers(desk):
    edition = make_edition(make_topic(), [make_paper(), make_paper()], state="draft")
    first, second = edition.entries.order_by("position")
    page = reverse("admin:newsletter_edition_change", args=[edition.pk])
    assert desk.get(page).status_code == 200
    data = {
        "note": "{}",
        "entries-TOTAL_FORMS": "2",
        "entries-INITIAL_FORMS": "2",
        "entries-0-id": first.pk,
        "entries-0-edition": edition.pk,
        "entries-0-is_hidden": "on",
        "entries-1-id": second.pk,
        "entries-1-edition": edition.pk,
        "entries-1-is_pinned": "on",
    }
    assert desk.post(page, data).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_hidden, second.is_pinned) == (True, True)


def test_a_note_saved_over_a_frozen_edition_changes_nothing_and_says_so(desk):
    edition = make_edition(make_topic(), [make_paper()])
    editions.freeze([edition.pk], at=NOW)
    with pytest.raises(StateError, match="frozen"):
        editions.write_note(edition, {"en": "too late"})
    assert Edition.objects.get().note == {}


def test_a_stranger_is_sent_to_the_login(client):
    assert client.get(reverse("admin:index")).status_code == 302
