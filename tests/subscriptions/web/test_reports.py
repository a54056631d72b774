"""Something wrong? A reader says so by the link of a card, everybody else by a limited form."""

from datetime import timedelta
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from newsletter.models import Entry, Report, ReportMessage
from newsletter.rendering.evidence import evidence_of
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.phrases import phrases
from subscriptions.abuse import throttling
from subscriptions.models import Delivery
from subscriptions.readers.links import token
from subscriptions.web.forms import stamp
from tests.factories import DAY, NOW, make_edition, make_paper, make_picks, make_subscriber, make_summary
from tests.factories import make_topic as make_a_topic

pytestmark = pytest.mark.django_db

INTERFACE = ("en", "ko", "zh-Hans", "ja", "ar")


@pytest.fixture
def paper():
    made = make_paper(title="Gloves that feel")
    make_edition(make_a_topic(), [made])
    make_summary(made)
    make_summary(made, "ko", sentence="장갑이 느낀다.")
    return made


def key_of(paper, place=0, language="en"):
    view = load_views({paper.pk}, language)[paper.pk]
    return evidence_of(view, paper.abstract).statements[place].key


def by_link(reader, paper):
    return f"/vote/{token(reader, 'vote')}/wrong/?paper={paper.arxiv_id}"


def public(paper, language="en"):
    return f"/papers/{paper.arxiv_id}/{language}/wrong/"


def filled(paper, **fields):
    shown = stamp(timezone.now() - timedelta(seconds=10))
    return {"statement": key_of(paper), "words": "It is 3.", "shown": shown, "website": "", **fields}


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_files_nothing(client, paper, method):
    for path in (by_link(make_subscriber(), paper), public(paper)):
        assert getattr(client, method)(path).status_code == 200
    assert not Report.objects.exists()


def test_a_reader_files_a_report_without_being_named(client, paper):
    reader = make_subscriber(language="ko")
    page = client.get(by_link(reader, paper)).content.decode()
    assert "장갑이 느낀다." in page
    answer = client.post(
        by_link(reader, paper), {"statement": key_of(paper, language="ko"), "words": "아니요."}
    )
    assert answer.status_code == 200
    row = Report.objects.get()
    assert (row.paper, row.language, row.statement) == (paper, "ko", "장갑이 느낀다.")
    assert (row.readers, row.others, row.has_author) == (1, 0, False)
    assert (row.messages.get().words, row.messages.get().by) == ("아니요.", "reader")
    assert reader.email not in str([*Report.objects.values(), *ReportMessage.objects.values()])
    assert reader.public_id.hex not in str([*Report.objects.values(), *ReportMessage.objects.values()])


def test_after_a_report_the_way_back_is_the_digest_that_had_the_paper(client, paper):
    reader = make_subscriber()
    for days, papers in ((0, [make_paper()]), (1, [paper]), (2, [paper])):
        Delivery.objects.create(
            subscriber=reader,
            day=DAY - timedelta(days=days),
            state="sent",
            language="en",
            created_at=NOW,
            picks=make_picks(*papers),
        )
    answer = client.post(by_link(reader, paper), {"statement": "other", "words": "The title."})
    back = f"/vote/{token(reader, 'vote')}/digest/?paper={paper.arxiv_id}"
    assert f'href="{back}"' in answer.content.decode()
    page = client.get(back)
    assert page.status_code == 200
    assert phrases("en").day(DAY - timedelta(days=1)) in page.content.decode()


def test_a_visitor_and_an_author_file_reports(client, paper):
    assert client.post(public(paper), filled(paper)).status_code == 200
    assert client.post(public(paper), filled(paper, author="1", words="I wrote 4.")).status_code == 200
    row = Report.objects.get()
    assert (row.readers, row.others, row.has_author) == (0, 2, True)
    assert [each.by for each in row.messages.all()] == ["visitor", "author"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"statement": ""}, "Please choose what is wrong."),
        ({"statement": "0123456789abcdef"}, "The summary has changed since this page was opened"),
        ({"statement": "other", "words": " "}, "Please say in a few words what is wrong."),
        ({"words": "y" * 1001}, "Please write at most 1,000 characters."),
        ({"shown": "made up"}, "Everything is fine; please press the button again."),
    ],
)
def test_what_cannot_be_filed_gets_one_sentence_and_loses_nothing(client, paper, fields, sentence):
    sent = filled(paper, **{"words": "I typed this.", **fields})
    answer = client.post(public(paper), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert sent["words"].strip() in page
    assert not Report.objects.exists()


def test_a_program_learns_nothing_and_files_nothing(client, paper):
    answer = client.post(public(paper), filled(paper, website="https://spam.example"))
    assert answer.status_code == 200
    assert b"Thank you" in answer.content
    assert not Report.objects.exists()


def test_a_form_of_another_site_is_not_filed_and_what_was_typed_is_kept(paper):
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post(public(paper), filled(paper, words="I typed this."))
    assert answer.status_code == 403
    assert b"I typed this." in answer.content
    assert not Report.objects.exists()
    stranger.get(public(paper))
    proved = filled(paper, csrfmiddlewaretoken=stranger.cookies["csrftoken"].value)
    assert stranger.post(public(paper), proved).status_code == 200
    assert Report.objects.exists()


def test_a_network_and_a_reader_are_limited(client, paper):
    with (
        mock.patch.object(throttling, "REPORTS_PER_NETWORK", 2),
        mock.patch.object(throttling, "REPORTS_OF_READER", 1),
    ):
        codes = [client.post(public(paper), filled(paper, words=f"No {n}")).status_code for n in range(4)]
        assert codes == [200, 200, 429, 429]
        reader, other = make_subscriber(), make_subscriber()
        sent = {"statement": "other", "words": "The title."}
        codes = [client.post(by_link(each, paper), sent).status_code for each in (reader, reader, other)]
        assert codes == [200, 429, 200]


def test_the_proof_of_work_is_asked_for_where_the_site_asks_for_one(client, paper, settings):
    settings.SIGNUP_PROOF_OF_WORK = True
    page = client.get(public(paper)).content.decode()
    assert "data-proof-url" in page
    answer = client.post(public(paper), filled(paper, altcha="nonsense"))
    assert answer.status_code == 422
    assert not Report.objects.exists()


def test_nothing_is_told_of_a_paper_that_is_not_public(client):
    secret = make_paper(title="Not shown yet")
    make_summary(secret, sentence="A sentence that waits.")
    hidden = make_paper()
    make_edition(make_a_topic(), [hidden])
    Entry.objects.filter(paper=hidden).update(is_hidden=True)
    reader = make_subscriber()
    for paper in (secret, hidden):
        for path in (by_link(reader, paper), public(paper)):
            for answer in (client.get(path), client.post(path, {"statement": "other", "words": "x"})):
                assert answer.status_code == 404
                assert b"A sentence that waits." not in answer.content
    assert client.get(f"/vote/{token(reader, 'vote')}/wrong/?paper=%00").status_code == 404
    assert not Report.objects.exists()


@pytest.mark.parametrize("language", INTERFACE)
def test_the_pages_speak_the_language_of_the_paper(client, paper, language):
    page = client.get(public(paper, language), headers={"accept-language": "de"})
    assert page.headers["Cache-Control"].count("no-store") == 1
    heading = {
        "en": "Something wrong?",
        "ko": "틀린 내용이 있나요?",
        "zh-Hans": "内容有误？",
        "ja": "誤りがありますか？",
        "ar": "هل من خطأ؟",
    }
    assert f"<h1>{heading[language]}</h1>" in page.content.decode()
