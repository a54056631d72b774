"""Nothing that somebody typed at the desk is lost: it is a draft of that person until it is saved."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from newsletter.desk import drafts
from newsletter.models import DaySettings, Edition, GlossaryTerm, Topic
from newsletter.models.desk import TypedDraft
from tests.factories import make_edition, make_paper, make_subscriber, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


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
    seen = str(summary.written_at and summary.written_at.isoformat())
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


def fields_of(page):
    """The hidden and shown fields of an answer, by name, as a browser without script would send them."""
    html = page.content.decode()
    found = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    return {name: text for name, text in found.items() if name in ("draft-page", "shown", "seen", "revision")}


def test_any_button_keeps_all_that_is_typed_in_the_page_and_nothing_that_merely_stood_there(editors, edition):
    ada, ben = editors
    Edition.objects.update(note={"ko": "그대로"})
    shown = fields_of(ada.get(page_of(edition)))
    typed = {**shown, "note-en": "Half a thought", "note-ko": "그대로\r\n", "arxiv_id": "2403.0"}
    entry = edition.entries.get()
    ada.post(f"{act_on(edition)}?entry={entry.pk}", {**typed, "act": "pin"})
    assert edition.entries.get().is_pinned
    assert TypedDraft.objects.get().fields == {"note-en": "Half a thought", "arxiv_id": "2403.0"}
    page = ada.get(page_of(edition)).content.decode()
    assert "Half a thought" in page
    assert 'value="2403.0"' in page
    assert "Half a thought" not in ben.get(page_of(edition)).content.decode()

    now_shown = {**typed, **fields_of(ada.get(page_of(edition)))}
    ada.post(act_on(edition), {**now_shown, "act": "note"})
    assert TypedDraft.objects.get().fields == {"arxiv_id": "2403.0"}, "what the button did not save stays"


def test_a_paper_that_cannot_be_added_leaves_what_was_typed(editors, edition):
    ada, _ = editors
    shown = fields_of(ada.get(page_of(edition)))
    ada.post(act_on(edition), {**shown, "act": "add", "arxiv_id": "not an id"})
    assert 'value="not an id"' in ada.get(page_of(edition)).content.decode()


def test_a_summary_keeps_the_wording_when_the_model_is_asked_again_and_the_hint_when_it_is_saved(editors):
    ada, _ = editors
    summary = make_summary(make_paper(), author="model")
    act = reverse("admin:newsletter_summary_act", args=[summary.pk])
    page = reverse("admin:newsletter_summary_change", args=[summary.pk])
    typed = {**fields_of(ada.get(page)), "sentence": "Half a sentence", "hint": "Say on what."}
    ada.post(act, {**typed, "act": "again"})
    assert TypedDraft.objects.get().fields == {"sentence": "Half a sentence"}
    assert "Half a sentence" in ada.get(page).content.decode()
    TypedDraft.objects.all().delete()

    whole = {**fields_of(ada.get(page)), "text-1": "One point.", "evidence-1": "words", "hint": "Half a hint"}
    ada.post(act, {**whole, "act": "save", "sentence": "A whole sentence."})
    assert TypedDraft.objects.get().fields == {"hint": "Half a hint"}


def form_of(kind):
    """A row with a form of Django's own: its page, what its form holds, the field to write in, two texts."""
    if kind == "topic":
        row = make_topic(query="robots")
        data = {
            "threshold": row.threshold,
            "supporting": "",
            "slug": row.slug,
            "names": '{"en": "Robots"}',
            "area": row.area,
            "categories": '["cs.RO"]',
        }
        data |= {"listing": row.listing, "colour": row.colour, "position": "0", "is_active": "on"}
        return row, {**data, "query": "robots"}, "query", ("robots OR arms", "robots OR legs")
    if kind == "glossary":
        term = GlossaryTerm.objects.create(term="policy", language="ko", translation="정책")
        return term, {"term": "policy", "language": "ko", "note": ""}, "translation", ("방책", "방침")
    day_settings, _ = DaySettings.objects.get_or_create(pk=DaySettings.ONLY)
    return day_settings, {"edition_size": "10", "languages": ["en", "ko"]}, "tokens_a_day", ("5000", "6000")


FORMS = ("topic", "glossary", "day settings")


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_of_djangos_tells_the_second_editor_and_shows_both(editors, kind):
    ada, ben = editors
    row, data, name, (first, second) = form_of(kind)
    page = reverse(f"admin:newsletter_{row._meta.model_name}_change", args=[row.pk])
    seen_by_both = fields_of(ada.get(page)), fields_of(ben.get(page))
    assert ada.post(page, {**data, **seen_by_both[0], name: first}).status_code == 302
    told = ben.post(page, {**data, **seen_by_both[1], name: second})
    assert told.status_code == 200
    for answer in (told, ben.get(page)):  # and again after ben went away and came back
        shown = answer.content.decode()
        assert f"saved is: <q>{first}</q>" in shown
        assert second in shown
    row.refresh_from_db()
    assert str(getattr(row, name)) == first

    assert ben.post(page, {**data, **fields_of(told), name: second}).status_code == 302, "knowing both"
    row.refresh_from_db()
    assert str(getattr(row, name)) == second
    assert not TypedDraft.objects.exists()


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_of_djangos_offers_what_was_typed_and_left(editors, kind):
    ada, ben = editors
    row, data, name, (text, _) = form_of(kind)
    page = reverse(f"admin:newsletter_{row._meta.model_name}_change", args=[row.pk])
    ada.post(reverse("admin:draft"), {**data, **fields_of(ada.get(page)), name: text})
    answer = ada.get(page)
    assert str(answer.context["adminform"].form[name].value()) == text
    assert "not saved yet" in answer.content.decode()
    assert "not saved yet" not in ben.get(page).content.decode()
    if kind == "day settings":
        assert answer.context["adminform"].form["languages"].value() == ["en", "ko"]
    assert ada.post(page, {**data, **fields_of(answer), name: text}).status_code == 302
    row.refresh_from_db()
    assert str(getattr(row, name)) == text
    assert "not saved yet" not in ada.get(page).content.decode()


def test_a_new_topic_that_is_refused_is_kept_until_it_is_saved(editors):
    ada, _ = editors
    page = reverse("admin:newsletter_topic_add")
    data = {"slug": "arms", "names": '{"en": "Arms"}', "area": "x", "categories": "[]", "query": "(arms"}
    data |= {"listing": "primary", "colour": "#334155", "position": "0", "threshold": "0.5"}
    assert ada.post(page, {**fields_of(ada.get(page)), **data}).status_code == 200
    assert "(arms" in ada.get(page).content.decode()
    ada.post(page, {**fields_of(ada.get(page)), **data, "query": "arms"})
    assert Topic.objects.filter(slug="arms").exists()
    assert not TypedDraft.objects.exists()


def test_the_tester_offers_the_query_that_was_typed_last(editors):
    ada, ben = editors
    page = reverse("admin:newsletter_topic_tester")
    ada.post(reverse("admin:draft"), {"draft-page": page, "query": "half AND", "categories": "cs.RO"})
    assert "half AND" in ada.get(page).content.decode()
    assert "half AND" not in ben.get(page).content.decode()
    assert "half AND" not in ada.get(page, {"query": "arms"}).content.decode()


def test_a_reason_about_a_reader_is_kept_nowhere(editors):
    ada, _ = editors
    page = ada.get(reverse("admin:subscriptions_subscriber_change", args=[make_subscriber().pk]))
    assert 'name="reason"' in page.content.decode()
    assert "draft-page" not in page.content.decode()
