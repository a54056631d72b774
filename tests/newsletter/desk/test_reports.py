"""The desk's queue of what people say is wrong: filed, bounded, settled, forgotten."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.urls import reverse

from newsletter.desk import reports
from newsletter.desk.reports import Complaint, file_report
from newsletter.errors import InvalidInput, StateError
from newsletter.models import Entry, Report, ReportMessage, Summary
from newsletter.rendering.evidence import evidence_of
from newsletter.rendering.paper_rows import load_views
from tests.factories import NOW, make_edition, make_paper, make_summary, make_topic

pytestmark = pytest.mark.django_db

By = ReportMessage.By


def filed(paper, *, statement="It folds.", words="It does not.", by=By.VISITOR, language="en"):
    return file_report(paper, Complaint(language, statement, words, by), now=NOW)


@pytest.fixture
def editor():
    user = User.objects.create_user("editor", password="a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="editor"))
    return user


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def act(desk, report, name, **fields):
    path = reverse("admin:newsletter_report_act", args=[report.pk])
    answer = desk.post(path, {"act": name, **fields}, follow=True)
    report.refresh_from_db()
    return answer.content.decode()


def test_a_flood_about_one_statement_is_one_row_with_counts_and_a_few_messages():
    paper = make_paper()
    for number in range(60):
        filed(paper, words=f"Message {number}.", by=By.READER if number % 3 else By.VISITOR)
    row = Report.objects.get()
    assert (row.readers, row.others) == (40, 20)
    assert row.messages.count() == reports.MOST_MESSAGES
    filed(paper, statement="It flies.")
    filed(paper, language="ko")
    filed(paper, statement="")
    assert Report.objects.count() == 4


def test_the_same_words_are_kept_once_and_none_are_no_message():
    paper = make_paper()
    for words in ("It is 3.", "It is 3.", "  ", ""):
        filed(paper, words=words)
    assert [each.words for each in ReportMessage.objects.all()] == ["It is 3."]
    assert Report.objects.get().others == 4


def test_hostile_words_are_bounded_and_lose_addresses_and_what_cannot_be_kept():
    paper = make_paper()
    row = filed(
        paper, words="\u202eMail me\x00 at ada@example.org \ud83d<script>!\r\n\r\n\r\n\r\nNow. " + "x" * 9000
    )
    message = row.messages.get()
    assert message.words.startswith("Mail me at [address] <script>!\n\nNow. xxx")
    assert len(message.words) == reports.LONGEST_WORDS
    assert "ada" not in str(list(ReportMessage.objects.values()))


@pytest.mark.parametrize(
    "words",
    [
        "Ask ann＠example.org today.",
        "Ask ann﹫example.org today.",
        "Ask a@b@c.com today.",
        "Ask a@@c.com today.",
        "Ask a@b@ today.",
    ],
)
def test_no_address_is_kept_however_its_at_sign_is_written(words):
    row = filed(make_paper(), words=words)
    assert row.messages.get().words == "Ask [address] today."


def test_a_handle_is_no_address():
    assert filed(make_paper(), words="Thanks, @ann!").messages.get().words == "Thanks, @ann!"


def test_a_settled_statement_that_is_reported_again_is_a_new_row(editor):
    paper = make_paper()
    row = filed(paper)
    reports.settle(row.pk, outcome="nothing", note="It folds indeed.", by=editor, at=NOW)
    again = filed(paper)
    assert again.pk != row.pk
    with pytest.raises(StateError, match="reported anew"):
        reports.reopen(row.pk)
    with pytest.raises(StateError, match=r"editor settled this report before you: nothing wrong\."):
        reports.settle(row.pk, outcome="mended", note="", by=editor, at=NOW)
    with pytest.raises(InvalidInput):
        reports.settle(again.pk, outcome="open", note="", by=editor, at=NOW)


def test_what_was_settled_long_ago_is_forgotten_with_its_messages(editor):
    old, fresh, open_one = (filed(make_paper()) for _ in range(3))
    for row, at in ((old, NOW - reports.KEPT - timedelta(days=1)), (fresh, NOW)):
        reports.settle(row.pk, outcome="mended", note="", by=editor, at=at)
    assert reports.forget_settled(now=NOW) == 1
    assert set(Report.objects.values_list("pk", flat=True)) == {fresh.pk, open_one.pk}
    assert not ReportMessage.objects.filter(report=old.pk).exists()


def test_the_page_shows_the_statement_beside_its_evidence(desk):
    paper = make_paper(abstract="Folding is hard. FoldNet folds towels with two arms.")
    make_edition(make_topic(), [paper])
    words = "FoldNet folds towels with two arms."
    make_summary(paper, takeaways=[{"text": "It folds.", "evidence": words}])
    row = filed(paper, words="<img src=x>", by=By.AUTHOR)
    page = desk.get(reverse("admin:newsletter_report_change", args=[row.pk])).content.decode()
    assert f"<mark>{words}</mark>" in page
    assert "&lt;img src=x&gt;" in page
    assert "says to be an author" in page
    assert "readers do not see this any more" not in page
    assert "it is corrected" in page
    listed = desk.get(reverse("admin:newsletter_report_changelist") + "?by=author&state__exact=open")
    assert b"It folds." in listed.content
    listed = desk.get(reverse("admin:newsletter_report_changelist") + "?by=reader")
    assert b"It folds." not in listed.content


GONE = "readers do not see this any more"


def reported(paper, place):
    """A report of the statement ``place`` as it is shown."""
    shown = evidence_of(load_views({paper.pk}, "en")[paper.pk], paper.abstract).statements[place]
    return filed(paper, statement=shown.text)


def test_what_readers_see_is_not_said_to_be_gone_because_it_is_shown_without_its_marks(desk):
    words = "It serves $10^5$ units of $\\alpha$-type."
    paper = make_paper(abstract=f"We build it. {words}")
    text = "We reach $10^5$ units with $\\alpha$ -- gains."
    make_summary(
        paper, sentence=text, sentence_evidence=words, takeaways=[{"text": text, "evidence": "not there"}]
    )
    row = reported(paper, 0)
    assert row.statement != text
    page = desk.get(reverse("admin:newsletter_report_change", args=[row.pk])).content.decode()
    assert GONE not in page
    assert "<mark>It serves " in page
    Summary.objects.update(sentence="Another.", takeaways=[])
    page = desk.get(reverse("admin:newsletter_report_change", args=[row.pk])).content.decode()
    assert GONE in page
    assert "It rests on" not in page


def test_a_statement_of_an_extract_is_shown_and_rests_on_its_own_words(desk):
    paper = make_paper(abstract="Folding is hard. FoldNet folds towels with two arms.")
    row = reported(paper, 0)
    page = desk.get(reverse("admin:newsletter_report_change", args=[row.pk])).content.decode()
    assert GONE not in page
    assert "It rests on the words that are marked." in page
    assert "<mark>" in page


@pytest.mark.parametrize("outcome", ["mended", "nothing"])
def test_an_editor_settles_with_a_note_and_the_log_says_who(desk, editor, outcome):
    row = filed(make_paper())
    act(desk, row, outcome, note="Looked it up.")
    assert (row.state, row.outcome, row.note, row.settled_by) == ("settled", outcome, "Looked it up.", editor)
    assert "Looked it up." in LogEntry.objects.get(user=editor).change_message
    act(desk, row, "reopen")
    assert (row.state, row.note) == ("open", "")


def test_a_paper_is_hidden_everywhere_from_the_report(desk):
    paper = make_paper()
    make_edition(make_topic(), [paper])
    make_edition(make_topic(), [paper], state="frozen")
    row = filed(paper)
    assert "Hidden in 2 editions" in act(desk, row, "hide")
    assert set(Entry.objects.filter(paper=paper).values_list("is_hidden", flat=True)) == {True}
    assert row.state == "open"


def test_who_may_only_look_may_not_act(client):
    user = User.objects.create_user("operator", password="a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    client.force_login(user)
    row = filed(make_paper())
    page = client.get(reverse("admin:newsletter_report_change", args=[row.pk]))
    assert page.status_code == 200
    assert b"it is corrected" not in page.content
    path = reverse("admin:newsletter_report_act", args=[row.pk])
    assert client.post(path, {"act": "mended"}).status_code == 403
    assert client.get(path).status_code == 405
    row.refresh_from_db()
    assert row.state == "open"


def test_what_is_reported_needs_a_person(desk):
    for _ in range(2):
        filed(make_paper())
    page = desk.get(reverse("admin:index")).content.decode()
    assert "2 statements reported as wrong." in page
    assert f"{reverse('admin:newsletter_report_changelist')}?state__exact=open" in page
