"""What was learned is shown to its reader alone, who takes out, takes back, starts anew and switches off."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin

from newsletter.features.corpus import take_in_features
from newsletter.features.names import author_key
from subscriptions.models import ConsentEvent, Taste, TasteImport, TasteOverride, Vote
from subscriptions.privacy import portability
from subscriptions.readers import tastes, votes
from subscriptions.readers.links import LASTING, token
from subscriptions.readers.tastes import MOST_FEWER, Subject
from subscriptions.tasks import maintain_subscribers
from subscriptions.taste import overview
from subscriptions.taste.learning import relearn
from subscriptions.taste.overview import MOST_TERMS, overview_of
from subscriptions.taste.profile import TasteProfile
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

OFFERED = re.compile(r'name="what" value="(\w+:[^"]+)"')
FLOW: dict[str, Any] = {
    "title": "Flow matching on manifolds",
    "abstract": "Flow matching learns vector fields. Flow matching is simple.",
    "authors": ["Amira Żak", "Li Wei"],
}


@pytest.fixture
def papers():
    """Enough others that a word of one paper is rare."""
    return [make_paper(authors=[f"Other {number}", "Team Mate"]) for number in range(6)]


@pytest.fixture
def reader(papers):
    """Who liked one paper and wanted less of another."""
    reader = make_subscriber("ada@example.org")
    votes.cast(reader, make_paper(**FLOW), 1, now=NOW)
    votes.cast(reader, papers[0], -1, now=NOW)
    return reader


def page_of(client, reader, *, language="en"):
    return client.get(f"/my-data/{token(reader, 'my-data')}/learned/?language={language}")


def press(client, reader, place, **pressed):
    return client.post(f"/my-data/{token(reader, 'my-data')}/learned/{place}/", pressed)


def profile_of(reader):
    return TasteProfile.unpack(bytes(Taste.objects.get(pk=reader.pk).profile))


def test_it_is_shown_in_words(client, reader):
    page = page_of(client, reader).content.decode()
    for shown in (
        "Amira Żak",
        "Li Wei",
        "liked 1 time",
        "flow matching",
        FLOW["title"],
        "A study of subject",
    ):
        assert shown in page
    overview = overview_of(reader)
    assert [learned.label for learned in overview.authors] == ["Li Wei", "Amira Żak"]
    assert overview.terms[0].share == 100
    assert len(overview.terms) <= MOST_TERMS
    assert all(1 <= learned.share <= 100 for learned in overview.learned.values())


def test_hostile_names_stay_text(client, papers):
    reader = make_subscriber()
    bad = "<script>alert(1)</script>"
    votes.cast(reader, make_paper(title=f"Hats {bad}", authors=[f"Eve {bad}"], categories=[bad]), 1, now=NOW)
    page = page_of(client, reader).content.decode()
    assert "&lt;script&gt;" in page
    assert bad not in page


def test_co_authors_are_named_with_whom_they_wrote(client, papers):
    for number in range(40):
        make_paper(authors=[f"Somebody {number}"])
    known = [make_paper(authors=["Grace Hopper", f"Colleague {number}"]) for number in range(3)]
    reader = make_subscriber()
    votes.cast(reader, known[0], 1, now=NOW)
    relearn(reader.pk, now=NOW)
    Vote.objects.update(corpus=0)
    take_in_features(now=NOW)
    relearn(reader.pk, now=NOW)
    near = {learned.label: learned.via for learned in overview_of(reader).near}
    assert near == {"Colleague 1": "Grace Hopper", "Colleague 2": "Grace Hopper"}
    assert "wrote with Grace Hopper" in page_of(client, reader).content.decode()


def test_nothing_learned_is_said_so(client):
    page = page_of(client, make_subscriber()).content.decode()
    assert "Nothing has been learned yet" in page
    assert "Forget everything" not in page


def test_what_is_taken_out_is_not_learned_again_until_it_is_undone(client, reader):
    key = author_key("Amira Żak")
    before = profile_of(reader)
    assert key in before.authors.keys
    answer = press(client, reader, "forget", what=f"author:{key}")
    assert answer.status_code == 302
    assert key not in profile_of(reader).authors.keys
    override = TasteOverride.objects.get()
    assert (override.label, override.stance) == ("Amira Żak", "forget")
    votes.cast(reader, make_paper(authors=["Amira Zak"]), 1, now=NOW)
    assert key not in profile_of(reader).authors.keys
    press(client, reader, "lift", override=override.pk)
    assert not TasteOverride.objects.exists()
    assert key in profile_of(reader).authors.keys


def test_a_word_is_taken_out(client, reader):
    term = overview_of(reader).terms[0]
    press(client, reader, "forget", what=term.name)
    assert int(term.key) not in profile_of(reader).like.terms
    assert term.label not in [learned.label for learned in overview_of(reader).terms]
    assert TasteOverride.objects.get().label == term.label


def test_a_vote_is_taken_back(client, reader):
    liked = Vote.objects.get(value=1)
    press(client, reader, "vote", vote=liked.pk)
    assert list(Vote.objects.values_list("value", flat=True)) == [-1]
    assert not len(profile_of(reader).authors.keys)


def test_resetting_asks_first_and_forgets_all(client, reader):
    TasteImport.objects.create(subscriber=reader, at=NOW)
    press(client, reader, "forget", what=overview_of(reader).terms[0].name)
    other = make_subscriber()
    votes.cast(other, Vote.objects.filter(value=1).get().paper, 1, now=NOW)
    address = f"/my-data/{token(reader, 'my-data')}/learned/reset/"
    assert "Forget everything" in client.get(address).content.decode()
    assert Vote.objects.filter(subscriber=reader).count() == 2
    client.post(address)
    assert list(Vote.objects.values_list("subscriber", flat=True)) == [other.pk]
    assert not TasteOverride.objects.exists()
    assert not TasteImport.objects.exists()
    assert profile_of(reader).is_empty
    assert overview_of(reader).is_empty
    assert ConsentEvent.objects.get(subscriber=reader).detail == {"taste": "reset"}


@pytest.mark.parametrize("state", ["untold", "on", "off"])
def test_learning_is_switched_by_either_link(client, reader, state):
    reader.taste = state
    reader.save()
    by_digest = f"/preferences/{token(reader, 'preferences')}/learning/"
    for wanted in ("off", "on"):
        press(client, reader, "switch", taste=wanted)
        reader.refresh_from_db()
        assert reader.taste == wanted
        other = "on" if wanted == "off" else "off"
        client.post(by_digest, {"taste": other})
        reader.refresh_from_db()
        assert reader.taste == other
    assert Vote.objects.count() == 2
    assert ConsentEvent.objects.filter(subscriber=reader, kind="changed").exists()


@pytest.mark.parametrize("value", ["", "untold", "ON", "1"])
def test_no_other_word_switches(client, reader, value):
    assert press(client, reader, "switch", taste=value).status_code == 404
    reader.refresh_from_db()
    assert reader.taste == "on"


@pytest.mark.parametrize("place", ["forget", "lift", "vote", "reset", "switch"])
@pytest.mark.parametrize("number", ["", "0", "-1", "9" * 30, "x", "author:9", "\0", "²"])
def test_what_is_not_there_changes_nothing(client, reader, place, number):
    before = list(Vote.objects.order_by("pk").values()), bytes(Taste.objects.get().profile)
    if place in ("forget", "lift", "vote"):
        press(client, reader, place, what=number, override=number, vote=number)
    client.get(f"/my-data/{token(reader, 'my-data')}/learned/{place}/")
    client.head(f"/my-data/{token(reader, 'my-data')}/learned/{place}/?what=x&vote=1&taste=off")
    assert (list(Vote.objects.order_by("pk").values()), bytes(Taste.objects.get().profile)) == before
    assert not TasteOverride.objects.exists()


def test_nobody_elses_rows_are_touched(client, reader):
    other = make_subscriber()
    press(client, other, "vote", vote=Vote.objects.order_by("pk")[0].pk)
    override = TasteOverride.objects.create(
        subscriber=reader, kind="category", key="cs.LG", label="cs.LG", stance="fewer", at=NOW
    )
    press(client, other, "lift", override=override.pk)
    assert Vote.objects.count() == 2
    assert TasteOverride.objects.exists()


@pytest.mark.parametrize("purpose", LASTING)
def test_no_lasting_link_opens_it(client, reader, purpose):
    answer = client.get(f"/my-data/{token(reader, purpose)}/learned/")
    assert answer.status_code == 404
    assert "Amira" not in answer.content.decode()


def test_the_preferences_show_nothing_of_it(client, reader):
    page = client.get(f"/preferences/{token(reader, 'preferences')}/").content.decode()
    assert "Switch learning off" in page
    assert "Amira" not in page
    assert "flow matching" not in page


def test_it_costs_the_same_for_many_votes(client, papers, django_assert_max_num_queries):
    reader = make_subscriber()
    for number in range(30):
        votes.cast(reader, make_paper(authors=[f"Name {number}", "Team Mate"]), 1, now=NOW)
    with django_assert_max_num_queries(12):
        assert page_of(client, reader).status_code == 200


# -- fewer of it ------------------------------------------------------------------------------------------


@pytest.fixture
def disliked():
    topic = make_topic("hats")
    paper = make_paper(authors=["Ada Lovelace", *[f"Member {number}" for number in range(30)], "Last One"])
    make_edition(topic, [paper])
    return make_subscriber(topics=[topic, make_topic("shoes")]), paper, topic


def address(reader, paper, place=""):
    return f"/vote/{token(reader, 'vote')}/{place}?paper={paper.arxiv_id}&value=-1"


def test_after_a_vote_for_less_fewer_can_be_wanted(client, disliked):
    reader, paper, topic = disliked
    page = client.post(address(reader, paper)).content.decode()
    offered = OFFERED.findall(page)
    assert offered == [
        f"topic:{topic.pk}",
        *[f"author:{author_key(name)}" for name in ("Ada Lovelace", "Member 0", "Member 1", "Last One")],
        "category:cs.LG",
        "category:cs.AI",
    ]
    assert not OFFERED.findall(client.post(address(reader, paper), {"value": "1"}).content.decode())


@pytest.mark.parametrize("kind", ["topic", "author", "category"])
def test_fewer_is_wanted_and_taken_back(client, disliked, kind):
    reader, paper, topic = disliked
    key = {"topic": str(topic.pk), "author": str(author_key("Ada Lovelace")), "category": "cs.LG"}[kind]
    page = client.post(address(reader, paper, "fewer/"), {"what": f"{kind}:{key}"}).content.decode()
    assert "such papers are ranked lower" in page
    assert list(TasteOverride.objects.values_list("kind", "key", "stance")) == [(kind, key, "fewer")]
    client.post(address(reader, paper, "fewer/"), {"what": f"{kind}:{key}", "undo": "1"})
    assert not TasteOverride.objects.exists()


def test_an_author_of_whom_fewer_are_wanted_is_not_learned(client, disliked):
    reader, paper, _ = disliked
    votes.cast(reader, paper, 1, now=NOW)
    key = author_key("Ada Lovelace")
    assert key in profile_of(reader).authors.keys
    client.post(address(reader, paper, "fewer/"), {"what": f"author:{key}"})
    assert key not in profile_of(reader).authors.keys


@pytest.mark.parametrize("what", ["", "author:1", "topic:0", "term:5", "category:cs.RO", "category:cs.LG\0"])
def test_what_the_paper_is_not_about_is_refused(client, disliked, what):
    reader, paper, _ = disliked
    assert client.post(address(reader, paper, "fewer/"), {"what": what}).status_code == 404
    assert not TasteOverride.objects.exists()


def test_a_look_at_the_page_of_fewer_changes_nothing(client, disliked):
    reader, paper, topic = disliked
    for call in (client.get, client.head):
        assert call(address(reader, paper, "fewer/") + f"&what=topic:{topic.pk}").status_code == 302
    assert not TasteOverride.objects.exists()


def test_of_what_was_taken_out_before_nothing_is_promised_and_nothing_told(client, disliked):
    reader, paper, _ = disliked
    key = str(author_key("Ada Lovelace"))
    said = "that stays so, and this request changes nothing"
    fresh = client.post(address(reader, paper, "fewer/"), {"what": f"author:{key}"}).content
    TasteOverride.objects.all().delete()
    tastes.forget(reader, Subject("author", key, "Ada Lovelace"), now=NOW)
    taken_out = client.post(address(reader, paper, "fewer/"), {"what": f"author:{key}"}).content
    assert said in taken_out.decode()
    assert fresh == taken_out, "whoever has the link would see what was taken out"
    page = client.post(address(reader, paper, "fewer/"), {"what": "category:cs.LG"}).content.decode()
    assert said not in page


def test_undoing_shows_nothing_that_was_taken_out_elsewhere(client, disliked):
    reader, paper, _ = disliked
    key = str(author_key("Ada Lovelace"))
    TasteOverride.objects.create(
        subscriber=reader, kind="author", key=key, label="Ada Lovelace", stance="forget", at=NOW
    )
    client.post(address(reader, paper, "fewer/"), {"what": f"author:{key}", "undo": "1"})
    assert TasteOverride.objects.get().stance == "forget"


# -- what else is done with it ----------------------------------------------------------------------------


def test_the_export_has_it_in_plain_words(reader):
    learned = portability.everything_about(reader)["learned"]
    assert {(each["kind"], each["name"]) for each in learned} >= {
        ("liked author", "Amira Żak"),
        ("liked word", "flow matching"),
    }
    table = portability.as_csv(reader)
    assert "Amira Żak" in table
    assert portability.everything_about(make_subscriber())["learned"] == []


def test_erasure_leaves_nothing_of_it(reader):
    tastes.want_fewer(reader, Subject("category", "cs.LG", "cs.LG"), now=NOW)
    portability.erase(reader, now=NOW)
    for model in (Taste, TasteOverride, Vote):
        assert not model.objects.exists()


def test_a_new_recipe_remakes_what_an_older_one_learned(reader):
    right = bytes(Taste.objects.get().profile)
    Taste.objects.update(recipe=0, profile=b"of another shape")
    bad = make_subscriber()
    Taste.objects.create(subscriber=bad, recipe=0, updated_at=NOW)
    assert maintain_subscribers()["relearned"] == 2
    assert bytes(Taste.objects.get(pk=reader.pk).profile) == right
    assert not Taste.objects.filter(recipe=0).exists()
    assert maintain_subscribers()["relearned"] == 0


def test_the_desk_lists_no_tastes_and_no_votes():
    assert not {Taste, TasteOverride, Vote} & set(admin.site._registry)


def test_a_digests_link_does_not_start_learning_before_the_reader_was_told(client):
    reader = make_subscriber(taste="untold")
    path = f"/preferences/{token(reader, 'preferences')}/"
    assert 'value="on"' not in client.get(path).content.decode().partition('id="learning"')[2][:900]
    assert client.post(f"{path}learning/", {"taste": "on"}).status_code >= 400
    reader.refresh_from_db()
    assert reader.taste == "untold"
    client.post(f"/my-data/{token(reader, 'my-data')}/learned/switch/", {"taste": "on"})
    reader.refresh_from_db()
    assert reader.taste == "on"


def test_fewer_by_a_digests_link_does_not_bring_back_what_was_taken_out(client):
    reader, paper = make_subscriber(), make_paper(authors=["Ada Lovelace"])
    subject = Subject("author", str(author_key("Ada Lovelace")), "Ada Lovelace")
    tastes.forget(reader, subject, now=NOW)
    base = f"/vote/{token(reader, 'vote')}/fewer/?paper={paper.arxiv_id}"
    for data in ({"what": f"author:{subject.key}"}, {"what": f"author:{subject.key}", "undo": "1"}):
        assert client.post(base, data).status_code == 200
    assert TasteOverride.objects.get().stance == "forget"
    for number in range(MOST_FEWER + 5):
        tastes.want_fewer(reader, Subject("category", f"x.{number}", "x"), now=NOW)
    assert TasteOverride.objects.filter(stance="forget").exists()
    assert TasteOverride.objects.filter(stance="fewer").count() == MOST_FEWER


def test_a_long_list_of_votes_is_shown_in_part_and_counted(client, monkeypatch):
    monkeypatch.setattr(overview, "MOST_VOTES", 3)
    reader = make_subscriber()
    for number in range(5):
        votes.cast(reader, make_paper(title=f"Paper \u202e{number}"), 1, now=NOW + timedelta(hours=number))
    page = client.get(f"/my-data/{token(reader, 'my-data')}/learned/").content.decode()
    assert page.count('name="vote"') == 3
    assert "Older votes that also count: 2" in page
    assert "\u202e" not in page
