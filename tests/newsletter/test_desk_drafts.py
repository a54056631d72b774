"""Nothing that somebody typed at the desk is lost: it is a draft of that person until it is saved."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from newsletter.desk import drafts
from newsletter.desk.models import TypedDraft
from newsletter.models import Edition, Summary
from tests.factories import make_edition, make_paper, make_summary, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def editors(client):
    """Two people with a browser each."""
    found = []
    for name in ("ada", "ben"):
        browser = type(client)()
        browser.force_login(User.objects.create_superuser(name, "", "a long password"))
        found.append(browser)
    return found


@pytest.fixture
def edition():
    return make_edition(make_topic(), [make_paper()], state="draft", approved_at=None)


def page_of(edition):
    return reverse("admin:newsletter_edition_change", args=[edition.pk])


def act_on(edition):
    return reverse("admin:newsletter_edition_act", args=[edition.pk])


def test_a_draft_is_offered_to_whoever_typed_it_and_to_nobody_else(editors, edition):
    ada, ben = editors
    page = page_of(edition)
    kept = {"draft-page": page, "note-en": "Half a thought", "revision": "0"}
    assert ada.post(reverse("admin:draft"), kept).status_code == 204
    shown = ada.get(page).content.decode()
    assert "Half a thought" in shown
    assert "as you typed it, not saved yet" in shown
    assert "Half a thought" not in ben.get(page).content.decode()
    assert not Edition.objects.get().note


def test_saving_lets_the_draft_go_and_another_button_does_not(editors, edition):
    ada, _ = editors
    ada.post(reverse("admin:draft"), {"draft-page": page_of(edition), "note-en": "Half a thought"})
    revision = Edition.objects.get().revision
    ada.post(act_on(edition), {"act": "hold", "revision": revision})
    assert "Half a thought" in ada.get(page_of(edition)).content.decode()
    ada.post(act_on(edition), {"act": "note", "revision": revision + 1, "note-en": "A whole thought"})
    assert Edition.objects.get().note == {"en": "A whole thought"}
    assert not TypedDraft.objects.exists()


def test_the_second_editor_is_told_and_sees_both_and_chooses(editors, edition):
    ada, ben = editors
    revision = Edition.objects.get().revision
    ada.post(act_on(edition), {"act": "note", "revision": revision, "note-en": "Ada's words"})
    told = ben.post(act_on(edition), {"act": "note", "revision": revision, "note-en": "Ben's words"})
    assert told.status_code == 409
    for page in (told, ben.get(page_of(edition))):  # and again after ben went away and came back
        shown = page.content.decode()
        assert "Ben&#x27;s words" in shown
        assert "Ada&#x27;s words" in shown
    assert Edition.objects.get().note == {"en": "Ada's words"}

    gone = ben.post(reverse("admin:draft"), {"act": "discard", "draft-page": page_of(edition)})
    assert gone.headers["Location"] == page_of(edition)
    assert "Ben&#x27;s words" not in ben.get(page_of(edition)).content.decode()


def test_a_summary_that_was_changed_meanwhile_keeps_what_was_typed(editors):
    ada, ben = editors
    summary = make_summary(make_paper())
    act = reverse("admin:newsletter_summary_act", args=[summary.pk])
    page = reverse("admin:newsletter_summary_change", args=[summary.pk])
    seen = Summary.objects.get().written_at.isoformat()
    words = {"act": "save", "seen": seen, "text-1": "One point.", "evidence-1": "words"}
    assert ada.post(act, {**words, "sentence": "Ada's sentence."}).status_code == 302
    assert ben.post(act, {**words, "sentence": "Ben's sentence."}).status_code == 409
    shown = ben.get(page).content.decode()
    assert "Ben&#x27;s sentence." in shown
    assert "Ada&#x27;s sentence." in shown
    assert "Ben&#x27;s sentence." not in ada.get(page).content.decode()


def test_a_hint_and_the_note_of_a_day_are_kept_too(editors, edition):
    ada, _ = editors
    summary = make_summary(make_paper(), author="model")
    page = reverse("admin:newsletter_summary_change", args=[summary.pk])
    ada.post(reverse("admin:draft"), {"draft-page": page, "hint": "Say on what."})
    assert "Say on what." in ada.get(page).content.decode()
    day = reverse("admin:newsletter_edition_day", args=[f"{edition.day:%F}"])
    ada.post(reverse("admin:draft"), {"draft-page": day, "note-en": "For all"})
    assert "For all" in ada.get(day).content.decode()


def test_a_draft_is_forgotten_after_some_days(edition):
    user, now = User.objects.create_user("ada"), timezone.now()
    drafts.keep(user, "/admin/x/", {"note-en": "old"}, now=now - drafts.KEPT_FOR - timedelta(hours=1))
    assert drafts.find(user, "/admin/x/", now=now) == {}
    drafts.keep(user, "/admin/y/", {"note-en": "new"}, now=now)
    assert TypedDraft.objects.get().page == "/admin/y/"


def test_a_draft_is_of_a_page_of_the_desk_and_leads_nowhere_else(editors, client):
    ada, _ = editors
    for page in ("https://evil.example/", "//evil.example/admin/", "/", "/admin/../x" * 0 or "javascript:1"):
        answer = ada.post(reverse("admin:draft"), {"draft-page": page, "act": "discard"})
        assert answer.status_code == 400, page
    assert client.post(reverse("admin:draft"), {"draft-page": "/admin/"}).status_code == 302, (
        "nobody in particular"
    )
    assert ada.get(reverse("admin:draft")).status_code == 405
