"""An editor marks a correction, sees whom it reaches and both cards, and confirms the number: once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from newsletter.desk import corrections as drafting
from newsletter.desk import wording
from newsletter.errors import StateError
from newsletter.models import Correction, MailedPaper, SummaryRevision
from newsletter.records import SummaryDraft, Takeaway
from subscriptions.corrections import owing
from subscriptions.messages import build_batch
from subscriptions.messages.as_sent import preview_as_sent
from subscriptions.models import Delivery, OwedCorrection
from subscriptions.picks import PINNED, for_topic
from tests.factories import (
    DAY,
    NOW,
    make_edition,
    make_paper,
    make_picks,
    make_subscriber,
    make_summary,
    make_topic,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WRONG, RIGHT = "It halves the memory.", "It needs a third of the memory."


@pytest.fixture
def editor(client):
    user = User.objects.create_user("ada", "ada@example.org", "a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="editor"))
    client.force_login(user)
    return user


@pytest.fixture
def paper():
    made = make_paper(title="Small memories")
    make_summary(made, sentence=WRONG, takeaways=[{"text": "Half of it.", "evidence": "half the memory"}])
    return made


def had(paper, **fields):
    MailedPaper.objects.get_or_create(paper=paper, defaults={"since": DAY, "until": DAY})
    values: dict[str, Any] = {
        "day": DAY,
        "language": "en",
        "state": "sent",
        "revisions": "",
        "created_at": NOW,
    } | fields
    topic = values.pop("topic", None)
    picks = make_picks(paper, why=(for_topic(topic.pk),) if topic else (PINNED,))
    return Delivery.objects.create(
        subscriber=make_subscriber(language=values["language"]), picks=picks, **values
    )


def page(paper, name=""):
    return reverse(f"admin:subscriptions_delivery_correction{name}", args=[paper.pk])


def save(client, summary, *, sentence=RIGHT, **fields):
    form = {
        "act": "save",
        "seen": summary.written_at.isoformat(),
        "sentence": sentence,
        "text-1": "Half of it.",
        "evidence-1": "half the memory",
    }
    return client.post(reverse("admin:newsletter_summary_act", args=[summary.pk]), form | fields)


def numbers(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_from_the_form_to_the_confirmation(client, editor, paper):
    topic = make_topic(names={"en": "Memory"})
    for _ in range(3):
        had(paper, topic=topic)
    had(paper, state="uncertain", topic=topic)
    had(paper, language="ko")
    summary = paper.summaries.get()
    answer = save(client, summary, correction="yes")
    assert answer["Location"] == page(paper)

    shown = numbers(client.get(page(paper)).content.decode())
    assert "English 3 1 Memory 4 revision 2: edit it" in shown
    assert "한국어 1 0" in shown
    assert "4 active readers" in shown
    draft = Correction.objects.get()
    assert (draft.state, draft.old, draft.right, draft.to_revision) == ("draft", WRONG, RIGHT, 2)
    assert owing.gather(now=NOW) == 0, "nobody is told before it is confirmed"

    fields = {f"old-{draft.pk}": WRONG, f"right-{draft.pk}": "A third.", "act": "go on"}
    answer = client.post(page(paper, "_act"), fields)
    assert answer["Location"] == page(paper, "_confirm")
    confirmation = client.get(page(paper, "_confirm")).content.decode()
    assert "Tell 4 readers" in confirmation
    for which, sentence in (("old", WRONG), ("new", RIGHT), ("told", "A third.")):
        address = reverse("admin:subscriptions_delivery_correction_mail", args=[draft.pk, which])
        assert address in confirmation
        card = client.get(address)
        assert sentence in card.content.decode()
        assert "sandbox" in card["Content-Security-Policy"]

    click = {"draft": [draft.pk], "readers": "4", "mail": "yes"}
    for _ in range(2):  # a double click
        assert client.post(page(paper, "_tell"), click)["Location"] == page(paper)
    assert "nothing was told twice" in client.get(page(paper)).content.decode()
    draft.refresh_from_db()
    assert (draft.state, draft.readers, draft.has_mail, draft.by) == ("confirmed", 4, True, editor)
    assert owing.gather(now=NOW) == 4
    assert OwedCorrection.objects.filter(mail_state="owed").count() == 4
    logged = LogEntry.objects.filter(change_message__contains="4 readers are told")
    assert logged.count() == 1


def test_a_typo_is_no_correction(client, editor, paper):
    had(paper)
    save(client, paper.summaries.get())
    assert not Correction.objects.exists()
    assert SummaryRevision.objects.count() == 2
    answer = client.post(page(paper, "_act") + "?language=en", {"act": "change"})
    assert answer["Location"] == page(paper)
    assert Correction.objects.get().old == WRONG, "what was not marked at once can be marked later"


def test_a_summary_that_was_not_changed_is_no_correction(client, editor, paper):
    summary = paper.summaries.get()
    save(client, summary, sentence=WRONG, correction="yes")
    assert not Correction.objects.exists()


def test_a_recall_is_drafted_in_the_languages_that_were_sent(client, editor, paper):
    had(paper)
    had(paper, language="ko", revisions="0:0")
    client.post(page(paper, "_act"), {"act": "recall"})
    assert set(Correction.objects.values_list("language", "kind")) == {("en", "recall"), ("ko", "recall")}
    confirmation = client.get(page(paper, "_confirm")).content.decode()
    assert "Tell 2 readers" in confirmation
    ids = list(Correction.objects.values_list("pk", flat=True))
    client.post(page(paper, "_tell"), {"draft": ids, "readers": "2"})
    assert owing.gather(now=NOW) == 2
    shown = client.get(f"/papers/{paper.arxiv_id}/ko/").content.decode()
    assert "정정" in shown


def test_who_is_in_two_drafts_is_one_reader_and_each_draft_keeps_its_own_number(client, editor, paper):
    twice = had(paper).subscriber
    had(paper)
    had(paper, language="ko", revisions="0:0")
    Delivery.objects.create(
        subscriber=twice, picks=make_picks(paper, why=(PINNED,)), day=DAY - timedelta(days=1), language="ko",
        state="sent", revisions="0:0", created_at=NOW
    )  # fmt: skip
    client.post(page(paper, "_act"), {"act": "recall"})
    assert "Tell 3 readers" in client.get(page(paper, "_confirm")).content.decode()
    ids = list(Correction.objects.values_list("pk", flat=True))
    client.post(page(paper, "_tell"), {"draft": ids, "readers": "3"})
    numbers = dict(Correction.objects.values_list("language", "readers"))
    assert numbers == {"en": 2, "ko": 2}
    assert set(Correction.objects.values_list("state", flat=True)) == {"confirmed"}


@pytest.mark.parametrize("posted", ["1", "3", "", "1000000"])
def test_another_number_than_the_button_said_is_not_confirmed(client, editor, paper, posted):
    """More readers have had it meanwhile, or the form is not ours: the editor looks again."""
    had(paper)
    had(paper)
    save(client, paper.summaries.get(), correction="yes")
    draft = Correction.objects.get()
    client.post(page(paper, "_tell"), {"draft": [draft.pk], "readers": posted})
    draft.refresh_from_db()
    assert (draft.state, draft.readers) == ("draft", 0)
    assert "There are now 2 readers to tell" in client.get(page(paper)).content.decode()
    client.post(page(paper, "_tell"), {"draft": [draft.pk], "readers": "2"})
    draft.refresh_from_db()
    assert (draft.state, draft.readers) == ("confirmed", 2)


def test_nobody_had_it_nobody_is_told(client, editor, paper):
    client.post(page(paper, "_act"), {"act": "recall"})
    assert not Correction.objects.exists()
    assert "no digest with it has left" in client.get(page(paper)).content.decode()


@pytest.mark.parametrize(
    ("old", "right", "problem"),
    [("", RIGHT, "Say what was wrong"), (WRONG, WRONG, "are the same"), (WRONG, "x" * 301, "At most 300")],
)
def test_words_that_cannot_be_told_are_refused_with_a_sentence(client, editor, paper, old, right, problem):
    had(paper)
    save(client, paper.summaries.get(), correction="yes")
    draft = Correction.objects.get()
    fields = {f"old-{draft.pk}": old, f"right-{draft.pk}": right, "act": "go on"}
    assert client.post(page(paper, "_act"), fields)["Location"] == page(paper)
    assert problem in client.get(page(paper)).content.decode()


def test_what_was_dropped_is_not_told(client, editor, paper):
    had(paper)
    save(client, paper.summaries.get(), correction="yes")
    draft = Correction.objects.get()
    client.post(f"{page(paper, '_act')}?draft={draft.pk}", {"act": "drop"})
    client.post(page(paper, "_tell"), {"draft": [draft.pk], "readers": "1"})
    assert not Correction.objects.exists()


@pytest.mark.parametrize("name", ["_act", "_tell"])
def test_who_may_not_tell_is_refused_and_a_get_changes_nothing(client, paper, name):
    had(paper)
    assert client.get(page(paper)).status_code == 302
    operator = User.objects.create_user("bob", "", "a long password", is_staff=True)
    operator.groups.add(Group.objects.get(name="operator"))
    client.force_login(operator)
    assert client.get(page(paper)).status_code == 200
    assert client.post(page(paper, name), {"act": "recall"}).status_code == 403
    assert client.get(page(paper, name)).status_code == 405
    assert not Correction.objects.exists()


def test_the_pages_cost_as_many_queries_for_many_readers(
    client, editor, paper, django_assert_max_num_queries
):
    for _ in range(30):
        had(paper)
    save(client, paper.summaries.get(), correction="yes")
    with django_assert_max_num_queries(40):
        client.get(page(paper))


def test_a_correction_stands_on_the_papers_page_with_its_date(client, paper):
    make_edition(make_topic(), [paper])
    values = {"paper": paper, "language": "en", "to_revision": 2, "created_at": NOW}
    Correction.objects.create(old="<b>Wrong", right=RIGHT, state="gathered", confirmed_at=NOW, **values)
    Correction.objects.create(old="Not told", right="yet", **values)
    shown = client.get(f"/papers/{paper.arxiv_id}/en/").content.decode()
    assert "Wednesday, March 18, 2026" in shown
    assert "&lt;b&gt;Wrong" in shown
    assert RIGHT in shown
    assert "Not told" not in shown
    assert RIGHT not in client.get(f"/papers/{paper.arxiv_id}/de/").content.decode()


# -- as it was sent -----------------------------------------------------------------------------------------


def test_a_digest_is_shown_as_it_was_sent_whatever_became_of_it(client, paper):
    other, line = make_paper(), make_paper(title="Of lines")
    edition = make_edition(make_topic(), [paper, other])
    picks = make_picks(paper, other, why=(PINNED,), also=[line], editions=(edition.pk,))
    row = Delivery.objects.create(
        subscriber=make_subscriber(), day=DAY, language="en", created_at=NOW, picks=picks
    )
    before = build_batch([row], now=NOW)[row.pk]
    row.state, row.settled_at = "sent", NOW
    row.save()
    summary = paper.summaries.get()
    draft = SummaryDraft(sentence=RIGHT, takeaways=(Takeaway("A third.", ""),))
    wording.write(summary.pk, draft, by=None, at=timezone.now(), seen=summary.written_at)
    edition.entries.filter(paper=other).update(is_hidden=True)
    type(paper).objects.filter(pk=other.pk).update(is_withdrawn=True)
    shown = preview_as_sent(row, to="ada@example.org")
    assert WRONG in shown.html
    assert RIGHT not in shown.html
    assert other.title in shown.html
    assert "Of lines" in shown.html
    assert shown.message.subject == before.subject

    client.force_login(User.objects.create_superuser("boss", "", "a long password"))
    address = reverse("admin:subscriptions_delivery_as_sent", args=[row.pk])
    framed = client.get(address)
    assert WRONG in framed.content.decode()
    assert row.subscriber.email not in framed.content.decode()
    change = reverse("admin:subscriptions_delivery_change", args=[row.pk])
    assert address in client.get(change).content.decode()


def test_what_a_delivery_carried_before_that_was_kept_is_not_made_up(client, paper):
    row = had(paper, revisions=None)
    client.force_login(User.objects.create_superuser("boss", "", "a long password"))
    assert client.get(reverse("admin:subscriptions_delivery_as_sent", args=[row.pk])).status_code == 404
    change = reverse("admin:subscriptions_delivery_change", args=[row.pk])
    assert "not known" in client.get(change).content.decode()


@pytest.fixture
def change(paper):
    """Write other words over the summary, as an editor does."""

    def write(sentence, takeaway="Half of it."):
        row = paper.summaries.get()
        draft = SummaryDraft(sentence=sentence, takeaways=(Takeaway(takeaway, "half the memory"),))
        wording.write(row.pk, draft, by=None, at=timezone.now(), seen=row.written_at)

    return write


def draft_of(paper):
    return drafting.draft_from_last_change(paper.pk, "en", by=None, at=NOW)


def test_a_second_change_before_the_confirmation_is_in_the_draft(paper, change):
    change("It needs a quarter.")
    draft_of(paper)
    change(RIGHT)
    draft = draft_of(paper)
    assert Correction.objects.count() == 1
    assert (draft.old, draft.right, draft.to_revision) == (WRONG, RIGHT, 3)


def test_a_draft_pairs_what_was_wrong_with_what_is_right_of_the_same_statements(paper, change):
    change(RIGHT)
    draft_of(paper)
    change(RIGHT, "A fourth.")
    draft_of(paper)
    draft = Correction.objects.get()
    assert (draft.old, draft.right) == (f"{WRONG} Half of it.", f"{RIGHT} A fourth.")
    assert (draft.from_revision, draft.to_revision, draft.wrong_revision) == (1, 3, 1)


def test_what_was_wrong_stays_as_an_editor_wrote_it(paper, change):
    change(RIGHT)
    drafting.write_draft(draft_of(paper).pk, old="Half.", right="A third.")
    change(RIGHT, "A fourth.")
    draft_of(paper)
    assert Correction.objects.get().old == "Half."


def test_the_abstracts_own_words_are_nothing_to_correct(paper, change):
    paper.summaries.update(author="extract")
    change(RIGHT)
    with pytest.raises(StateError, match="abstract’s own words"):
        draft_of(paper)
    change("It needs a quarter.")
    assert draft_of(paper).old == RIGHT
