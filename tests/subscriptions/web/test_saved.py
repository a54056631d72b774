"""Saving and following from a mail's links: buttons act, visits do not, and nothing that is kept is shown."""

import re

import pytest
import time_machine
from django.core import mail

from subscriptions.models import FollowedPaper, ReadingList, SavedPaper
from subscriptions.readers import saved
from subscriptions.readers.links import token
from tests.factories import NOW, make_paper, make_subscriber
from tests.subscriptions.visitors import act, link_in

pytestmark = pytest.mark.django_db


def vote_path(reader, *more: str, paper=None) -> str:
    path = "/".join(["/vote", token(reader, "vote"), *more, ""])
    return f"{path}?paper={paper.arxiv_id}" if paper is not None else path


@pytest.fixture
def reader():
    return make_subscriber(queries=[])


@pytest.fixture
def paper():
    return make_paper(title="Gloves that feel", authors=["Ada Lovelace", "Łukasz Kaiser", "ATLAS Team"])


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("page", ["save", "follow", "papers"])
def test_a_visit_saves_and_follows_nothing(client, reader, paper, method, page):
    path = vote_path(reader, page, paper=paper)
    assert getattr(client, method)(path).status_code == 200
    assert getattr(client, method)(f"{path}&what=paper&author=Ada+Lovelace").status_code == 200
    reader.refresh_from_db()
    assert (SavedPaper.objects.count(), FollowedPaper.objects.count(), reader.queries) == (0, 0, [])
    assert not ReadingList.objects.exists()
    assert mail.outbox == []


def test_the_button_saves_and_the_page_says_the_same_of_a_paper_that_was_there(client, reader, paper):
    first = act(client, vote_path(reader, "save", paper=paper))
    again = act(client, vote_path(reader, "save", paper=paper))
    assert first.status_code == 200
    assert first.content == again.content
    row = SavedPaper.objects.get()
    assert (row.subscriber, row.paper, row.note) == (reader, paper, "")
    assert b"Gloves that feel" in first.content


def test_saving_again_keeps_note_and_date(client, reader, paper):
    with time_machine.travel(NOW, tick=False):
        saved.save(reader, paper, now=NOW)
    SavedPaper.objects.update(note="Mine.")
    act(client, vote_path(reader, "save", paper=paper))
    row = SavedPaper.objects.get()
    assert (row.note, row.saved_at) == ("Mine.", NOW)


def test_pages_behind_a_forwarded_digest_show_nothing_that_is_saved(client, reader, paper):
    secret = make_paper(title="A secret interest")
    saved.save(reader, secret, now=NOW)
    SavedPaper.objects.update(note="A secret note.")
    pages = [
        client.get(vote_path(reader, "save", paper=paper)),
        act(client, vote_path(reader, "save", paper=paper)),
        client.get(vote_path(reader, "papers")),
        client.get(vote_path(reader, paper=paper)),
        act(client, vote_path(reader, paper=paper), {"value": "1"}),
        client.get(f"/preferences/{token(reader, 'preferences')}/"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert b"secret" not in page.content
        assert b'"/my-data/' not in page.content
        assert b"/saved/" not in page.content


def test_the_way_to_the_list_is_mailed_and_nothing_else_opens_it(client, reader, paper):
    saved.save(reader, paper, now=NOW)
    answer = act(client, vote_path(reader, "papers"))
    assert b"one hour" in answer.content
    assert b"now only unsubscribe you" not in answer.content
    path = link_in(mail.outbox[0], "my-data")
    assert b"Gloves that feel" in client.get(f"{path}papers/").content
    for purpose in ("vote", "preferences", "view", "unsubscribe", "feed"):
        foreign = client.get(f"/my-data/{token(reader, purpose)}/papers/")
        assert foreign.status_code == 404
        assert b"Gloves" not in foreign.content


@pytest.mark.parametrize("sent", ["", "2603.99999", "\0", "x" * 500, "' OR 1=1"])
def test_a_paper_that_is_not_there_is_refused_in_a_page(client, reader, sent):
    for page in ("save", "follow"):
        assert act(client, f"{vote_path(reader, page)}?paper={sent}").status_code == 404
    assert not SavedPaper.objects.exists()


def test_a_full_list_says_so_and_loses_nothing(client, reader, paper, monkeypatch):
    monkeypatch.setattr(saved, "MOST_SAVED", 1)
    saved.save(reader, paper, now=NOW)
    answer = act(client, vote_path(reader, "save", paper=make_paper()))
    assert answer.status_code == 409
    assert b"full" in answer.content
    assert act(client, vote_path(reader, "save", paper=paper)).status_code == 200
    assert SavedPaper.objects.get().paper == paper


def test_one_press_makes_an_author_a_search_of_the_readers_own(client, reader, paper):
    page = client.get(vote_path(reader, "save", paper=paper)).content.decode()
    assert re.findall(r'name="author" value="([^"]+)"', page) == paper.authors
    answer = act(client, vote_path(reader, "follow", paper=paper), {"author": "Łukasz Kaiser"})
    assert answer.status_code == 200
    reader.refresh_from_db()
    assert reader.queries == ['author:"Łukasz Kaiser"']
    assert "Łukasz Kaiser" in client.get(f"/preferences/{token(reader, 'preferences')}/").content.decode()
    act(client, vote_path(reader, "follow", paper=paper), {"author": "Łukasz Kaiser", "stop": "1"})
    reader.refresh_from_db()
    assert reader.queries == []
    assert [event.detail for event in reader.consent_events.filter(kind="changed").order_by("pk")] == [
        {"queries": ['author:"Łukasz Kaiser"']},
        {"queries": []},
    ]


def test_only_an_author_of_the_paper_can_be_followed_from_its_page(client, reader, paper):
    for author in ("Somebody Else", '") OR cat:cs.LG', "", "\0"):
        assert act(client, vote_path(reader, "follow", paper=paper), {"author": author}).status_code == 404
    reader.refresh_from_db()
    assert reader.queries == []


def test_who_has_all_searches_there_may_be_is_told(client, paper):
    reader = make_subscriber(queries=[f"word{number}" for number in range(20)])
    answer = act(client, vote_path(reader, "follow", paper=paper), {"author": "Ada Lovelace"})
    assert answer.status_code == 409
    reader.refresh_from_db()
    assert len(reader.queries) == 20


def test_a_paper_is_followed_and_unfollowed(client, reader, paper):
    for _twice in range(2):
        answer = act(client, vote_path(reader, "follow", paper=paper), {"what": "paper"})
        assert answer.status_code == 200
    assert FollowedPaper.objects.get().paper == paper
    act(client, vote_path(reader, "follow", paper=paper), {"what": "paper", "stop": "1"})
    assert not FollowedPaper.objects.exists()


@pytest.mark.parametrize("language", ["en", "ko", "zh-Hans", "ja", "ar"])
def test_the_pages_speak_the_readers_language(client, paper, language):
    reader = make_subscriber(language=language)
    page = act(client, vote_path(reader, "save", paper=paper)).content.decode()
    assert ("It is now on your reading list." in page) == (language == "en")
