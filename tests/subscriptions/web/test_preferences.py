"""What a reader can do behind the preferences link, and that each of it does exactly that."""

import csv
import io
import json
import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from lib.redis_clients import shared_client
from newsletter.models import Topic
from subscriptions.addresses import address_hash
from subscriptions.models import DayHold, Delivery, Subscriber, Suppression
from subscriptions.picks import PINNED, Pick, Reason, ReasonKind, for_topic
from subscriptions.readers import consent
from subscriptions.readers.links import token
from tests.factories import DAY, NOW, make_edition, make_paper, make_picks, make_subscriber, make_summary
from tests.subscriptions.visitors import act, form, link_in

pytestmark = pytest.mark.django_db


def path(reader: Subscriber, *more: str) -> str:
    return "/".join(["/preferences", token(reader, "preferences"), *more, ""])


def data(reader: Subscriber) -> str:
    return f"/my-data/{token(reader, 'my-data')}/"


def topic(slug: str = "robotics") -> Topic:
    return Topic.objects.get(slug=slug)


def test_a_layout_is_chosen_and_who_did_not_choose_follows_the_operator(client, settings):
    reader = make_subscriber(topics=[topic()])
    page = client.get(path(reader)).content.decode()
    assert '<option value="standard" selected>' in page
    act(client, path(reader), form(topics=["robotics"], layout="standard"))
    reader.refresh_from_db()
    assert (reader.layout, reader.groups_topics) == ("", False)
    settings.DIGEST_LAYOUT = "brief"
    assert '<option value="brief" selected>' in client.get(path(reader)).content.decode()
    act(client, path(reader), form(topics=["robotics"], layout="full", groups_topics="on"))
    reader.refresh_from_db()
    assert (reader.layout, reader.groups_topics) == ("full", True)
    act(client, path(reader), form(topics=["robotics"], layout="brief"))
    reader.refresh_from_db()
    assert (reader.layout, reader.groups_topics) == ("brief", False)
    assert act(client, path(reader), form(topics=["robotics"], layout="huge")).status_code == 422


def test_a_pause_ends_on_the_readers_own_morning(client):
    reader = make_subscriber(time_zone="Asia/Seoul", hour=7)
    with time_machine.travel(NOW):
        act(client, path(reader, "pause"), {"until": "2026-03-25"})
    reader.refresh_from_db()
    assert (reader.state, reader.paused_until, reader.next_due_at) == ("paused", date(2026, 3, 25), None)
    assert consent.wake(NOW + timedelta(days=5)) == 0
    eve = datetime.fromisoformat("2026-03-24T15:30:00+00:00")  # 00:30 on the 25th in Seoul
    assert consent.wake(eve - timedelta(hours=1)) == 0
    assert consent.wake(eve) == 1
    reader.refresh_from_db()
    assert (reader.state, f"{reader.next_due_at:%F %R}") == ("active", "2026-03-24 22:00")


@pytest.mark.parametrize("until", ["", "2026-03-18", "2020-01-01", "2030-01-01", "tomorrow", "2026-02-31"])
def test_a_pause_needs_a_day_that_is_still_to_come(client, until):
    reader = make_subscriber()
    with time_machine.travel(NOW):
        answer = act(client, path(reader, "pause"), {"until": until})
    assert answer.status_code == 422
    assert b'id="until-error"' in answer.content
    reader.refresh_from_db()
    assert reader.state == "active"


def test_a_pause_can_be_ended_early(client):
    reader = make_subscriber(state="paused", next_due_at=None, paused_until=date(2099, 1, 1))
    act(client, path(reader, "pause"), {"resume": "1"})
    reader.refresh_from_db()
    assert (reader.state, reader.paused_until) == ("active", None)
    assert reader.next_due_at


def test_an_address_moves_only_after_both_ends_agreed(client):
    reader = make_subscriber("old@example.org")
    act(client, path(reader, "my-data"))
    assert mail.outbox[0].to == ["old@example.org"]
    first = link_in(mail.outbox[0], "my-data")
    assert "old@example.org" in client.get(first).content.decode()
    act(client, f"{first}address/", {"email": "new@bücher.example"})
    assert mail.outbox[1].to == ["new@xn--bcher-kva.example"]
    second = link_in(mail.outbox[1], "arrive")
    assert client.get(second).status_code == 200
    reader.refresh_from_db()
    assert reader.email == "old@example.org"
    act(client, second)
    reader.refresh_from_db()
    assert (reader.email, reader.new_email, reader.state) == ("new@xn--bcher-kva.example", "", "active")
    assert act(client, second).status_code == 410
    assert client.get(first).status_code == 410


def test_a_forwarded_digest_tells_no_address_and_gives_no_data(client):
    """Its links open the choices; what harms or shows the reader is mailed to the reader's own box."""
    reader = make_subscriber("ada.lovelace@engine.example", new_email="next@engine.example")
    for page in (client.get(path(reader)), client.get(f"/digests/{token(reader, 'view')}/")):
        assert page.status_code == 200
        for secret in ("lovelace", "engine.example", "/my-data/AB", "paperpost.json"):
            assert secret not in page.content.decode()
    for more in ("address/", "erase/", "paperpost.json", "paperpost.csv"):
        looked = client.get(path(reader) + more)
        assert (looked.status_code, looked["Location"]) == (302, f"{path(reader)}#data")
        for purpose in ("preferences", "view", "unsubscribe", "vote"):
            forged = f"/my-data/{token(reader, purpose)}/{more}"
            assert client.get(forged).status_code == client.post(forged).status_code == 404
    assert not mail.outbox
    pressed = act(client, path(reader, "erase"), {"email": "thief@example.org"})
    assert "a…@e….example" in pressed.content.decode()
    assert "lovelace" not in pressed.content.decode()
    assert [message.to for message in mail.outbox] == [["ada.lovelace@engine.example"]]
    reader.refresh_from_db()
    assert reader.new_email == "next@engine.example"


def test_the_link_to_a_readers_data_lasts_for_an_hour_and_ends_with_the_links(client):
    reader = make_subscriber("ada@example.org")
    fresh = data(reader)
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert client.get(fresh).status_code == 200
        assert client.get(f"{fresh}paperpost.csv").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert act(client, f"{fresh}erase/").status_code == 410
    act(client, path(reader, "links"))
    assert act(client, f"{fresh}erase/").status_code == 410
    assert Subscriber.objects.count() == 1


def test_the_link_to_a_readers_data_is_mailed_a_few_times_a_day(client, valkey, settings):
    settings.REDIS_URL = valkey
    shared_client(valkey).flushdb()
    settings.NOTICES_PER_ADDRESS = 2
    reader = make_subscriber("ada@example.org")
    answers = [act(client, path(reader, "my-data")).status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]
    assert len(mail.outbox) == 2


def test_nobody_can_move_into_an_address_that_somebody_reads_at(client):
    reader, other = make_subscriber(new_email="taken@example.org"), make_subscriber("Taken@example.org")
    answer = act(client, f"/arrive/{token(reader, 'email-confirm')}/")
    assert answer.status_code == 409
    other.refresh_from_db()
    reader.refresh_from_db()
    assert other.email == "Taken@example.org"
    assert reader.email != "taken@example.org"


def test_new_links_end_the_old_ones_and_reach_the_reader_by_mail_alone(client):
    """Whoever holds a digest that was passed on can press the button, and gets nothing by it."""
    reader = make_subscriber("ada@example.org")
    old, leave = path(reader), f"/unsubscribe/{token(reader, 'unsubscribe')}/"
    assert client.get(path(reader, "links")).status_code == 302, "a look changes nothing"
    assert client.get(old).status_code == 200
    answer = act(client, path(reader, "links"))
    assert answer.status_code == 200
    assert client.get(old).status_code == 410
    reader.refresh_from_db()
    for purpose in ("preferences", "view", "my-data"):
        assert token(reader, purpose) not in answer.content.decode()
    assert "/preferences/" not in answer.content.decode()
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    page = client.get(link_in(mail.outbox[0], "my-data")).content.decode()
    assert path(reader) in page
    assert client.get(path(reader)).status_code == 200
    assert client.get(leave).status_code == 200


def test_links_stay_when_no_more_mail_may_bring_new_ones(client, valkey, settings):
    settings.REDIS_URL = valkey
    shared_client(valkey).flushdb()
    settings.NOTICES_PER_ADDRESS = 0
    reader = make_subscriber()
    assert act(client, path(reader, "links")).status_code == 429
    assert client.get(path(reader)).status_code == 200


@pytest.mark.parametrize("button", ["my-data", "links"])
def test_the_page_tells_nobody_which_addresses_get_no_mail(client, button):
    pages = []
    for email, reasons in (("ada@example.org", []), ("ada@example.net", ["bounced"])):
        reader = make_subscriber(email)
        for reason in reasons:
            Suppression.objects.create(address_hash=address_hash(email), reason=reason, at=timezone.now())
        answer = act(client, path(reader, button))
        assert answer.status_code == 200
        said = answer.content.decode().replace(path(reader), "")
        pages.append(re.sub(r"<bdi>.*?</bdi>", "", said))
    assert pages[0] == pages[1]
    assert "If we may write to" in pages[0]
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]


def test_one_topic_less_or_less_often_instead_of_leaving(client):
    reader = make_subscriber(topics=[topic(), topic("diffusion-models")])
    leave = f"/unsubscribe/{token(reader, 'unsubscribe')}/"
    less = f"{leave}less/"
    act(client, less, {"topic": "robotics"})
    act(client, less, {"cadence": "weekly"})
    reader.refresh_from_db()
    assert (reader.state, reader.cadence) == ("active", "weekly")
    assert [one.slug for one in reader.topics.all()] == ["diffusion-models"]
    assert act(client, less, {"topic": "no-such-topic"}).status_code == 404
    assert client.get(less)["Location"] == leave
    assert act(client, leave, {"cadence": "weekly"}).status_code == 200
    reader.refresh_from_db()
    assert reader.state == "unsubscribed"


def test_a_link_that_leaves_leads_to_nobodys_data(client):
    """It works for ever, also in a mail that was passed on: it may stop mails and nothing more."""
    reader = make_subscriber("ada@example.org", topics=[topic(), topic("diffusion-models")], links_epoch=1)
    leave = f"/unsubscribe/{token(reader, 'unsubscribe')}/"
    pages = [client.get(leave), act(client, f"{leave}less/", {"cadence": "weekly"}), act(client, leave)]
    undo = re.findall(r'action="(/undo/[^"]+)"', pages[-1].content.decode())[0]
    pages += [client.get(leave), client.get(undo), act(client, undo)]
    for page in pages:
        assert page.status_code == 200
        for way in ("/preferences/", "/digests/", "ada@example.org"):
            assert way not in page.content.decode()
    reader.refresh_from_db()
    assert reader.state == "active"


def test_the_way_back_is_on_the_page_right_after_leaving_and_on_no_other(client):
    reader = make_subscriber()
    choose, leave = path(reader), f"/unsubscribe/{token(reader, 'unsubscribe')}/"
    assert b"/undo/" in act(client, leave).content
    for again in (act(client, leave), client.get(leave), client.get(choose)):
        assert again.status_code == 200
        assert b"/undo/" not in again.content
    assert b"enter your address in the form" in client.get(choose).content


def test_what_was_missed_comes_as_todays_digest_best_first(client):
    reader = make_subscriber(topics=[topic()], time_zone="UTC", next_due_at=NOW + timedelta(days=1))
    papers = [make_paper(votes=number, day=DAY) for number in range(30)]
    had = papers[29]
    make_edition(topic(), papers, day=DAY - timedelta(days=25))
    Delivery.objects.create(
        subscriber=reader,
        day=DAY - timedelta(days=25),
        state="sent",
        language="en",
        created_at=NOW,
        picks=make_picks(had),
    )
    with time_machine.travel(NOW):
        assert "queued" in act(client, path(reader, "catch-up"))["Location"]
        assert "tomorrow" in act(client, path(reader, "catch-up"))["Location"]
    delivery = Delivery.objects.get(day=DAY)
    assert [pick.paper for pick in delivery.picks.papers] == [paper.pk for paper in papers[28:8:-1]]
    assert delivery.picks.papers[0].reasons == (for_topic(topic().pk),)


def test_who_had_todays_digest_gets_what_was_missed_at_once_and_once_a_day(client):
    reader = make_subscriber(topics=[topic()], time_zone="UTC", next_due_at=NOW + timedelta(days=2))
    make_edition(topic(), [make_paper(day=DAY)], day=DAY)
    older = [make_paper(day=DAY - timedelta(days=4)) for _ in range(3)]
    make_edition(topic(), older, day=DAY - timedelta(days=4))
    for back in range(3):
        Delivery.objects.create(
            subscriber=reader, day=DAY - timedelta(days=back), state="sent", language="en", created_at=NOW
        )
    with time_machine.travel(NOW):
        assert "queued" in act(client, path(reader, "catch-up"))["Location"]
        assert "tomorrow" in act(client, path(reader, "catch-up"))["Location"]
    made_up = Delivery.objects.get(state="queued")
    # Entered under the newest day without a digest, and nothing in it is younger than that day.
    assert made_up.day == DAY - timedelta(days=3)
    assert {pick.paper for pick in made_up.picks.papers} == {paper.pk for paper in older}
    with time_machine.travel(NOW + timedelta(days=1)):
        assert "queued" in act(client, path(reader, "catch-up"))["Location"]
    assert Delivery.objects.filter(state="queued", day=DAY + timedelta(days=1)).exists()


def test_a_catch_up_leaves_todays_place_to_todays_digest(client):
    reader = make_subscriber(topics=[topic()], time_zone="UTC", next_due_at=NOW + timedelta(hours=2))
    make_edition(topic(), [make_paper(day=DAY - timedelta(days=4))], day=DAY - timedelta(days=4))
    with time_machine.travel(NOW):
        assert "queued" in act(client, path(reader, "catch-up"))["Location"]
    assert Delivery.objects.get().day == DAY - timedelta(days=1)


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_what_never_arrived_was_missed(client, state):
    reader = make_subscriber(topics=[topic()], time_zone="UTC")
    day = DAY - timedelta(days=4)
    paper = make_paper(day=day)
    make_edition(topic(), [paper], day=day)
    picks = make_picks(paper)
    Delivery.objects.create(
        subscriber=reader, day=day, state=state, reason="refused", language="en", created_at=NOW, picks=picks
    )
    with time_machine.travel(NOW):
        assert "queued" in act(client, path(reader, "catch-up"))["Location"]
    assert Delivery.objects.get(state="queued").picks.papers == (Pick(paper.pk, (for_topic(topic().pk),)),)


def test_own_searches_miss_papers_too(client):
    reader = make_subscriber(topics=[], queries=["subject"], time_zone="UTC")
    day = DAY - timedelta(days=2)
    paper = make_paper(day=day)
    make_edition(topic(), [], day=day)
    with time_machine.travel(NOW):
        assert "queued" in act(client, path(reader, "catch-up"))["Location"]
    (pick,) = Delivery.objects.get().picks.papers
    assert pick == Pick(paper.pk, (Reason(ReasonKind.QUERY, query="subject", words=("subject",)),))


def test_a_day_that_the_operator_cancelled_takes_no_catch_up(client):
    reader = make_subscriber(topics=[topic()], time_zone="UTC")
    make_edition(topic(), [make_paper(day=DAY - timedelta(days=4))], day=DAY - timedelta(days=4))
    DayHold.objects.create(day=DAY, state="cancelled", at=NOW)
    with time_machine.travel(NOW):
        assert "queued" in act(client, path(reader, "catch-up"))["Location"]
    assert Delivery.objects.get().day == DAY - timedelta(days=1)


def test_who_missed_nothing_is_told_so(client):
    reader = make_subscriber(topics=[topic()])
    assert "nothing" in act(client, path(reader, "catch-up"))["Location"]


def test_an_export_holds_everything_and_no_cell_is_a_formula(client):
    reader = make_subscriber("=ada@example.org", topics=[topic()], queries=["-x"])
    act(client, path(reader), form(topics=["robotics"], keywords="=1+1"))
    whole = json.loads(client.get(data(reader) + "paperpost.json").content)
    assert (whole["email"], whole["topics"]) == ("=ada@example.org", ["robotics"])
    assert whole["consent"][0]["kind"] == "changed"
    answer = client.get(data(reader) + "paperpost.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert ["reader", "", "email", "'=ada@example.org"] in rows
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_an_export_leaves_nothing_out_that_is_kept_of_a_reader(client):
    reader, paper, other = make_subscriber(new_email="next@example.org"), make_paper(), make_paper()
    Delivery.objects.create(
        subscriber=reader,
        day=DAY,
        state="sent",
        language="en",
        reply="250 2.0.0 taken",
        created_at=NOW,
        picks=make_picks(paper, why=(PINNED,), also=[other]),
    )
    whole = json.loads(client.get(data(reader) + "paperpost.json").content)
    columns = {field.name for field in Subscriber._meta.concrete_fields}
    assert columns - whole.keys() == {"id", "public_id", "links_epoch"}
    # Gone as soon as the mail is sent; what follows from the votes; gone as soon as the operator decides.
    unnamed = {"owednotice", "taste", "doubtfuldigest"}
    kept = {each.related_model._meta.model_name for each in Subscriber._meta.related_objects}
    exported = {
        "subscription": "topics",
        "consentevent": "consent",
        "delivery": "digests",
        "deliveryevent": "events",
        "tasteimport": "imports",
        "vote": "votes",
        "tasteoverride": "taste_overrides",
        "savedpaper": "saved_papers",
        "followedpaper": "followed_papers",
        "owedcorrection": "corrections",
        "readinglist": "weekly_part_of_saved_papers",
    }
    assert kept - unnamed == exported.keys()
    assert set(exported.values()) <= whole.keys()
    assert whole["new_email"] == "next@example.org"
    assert whole["digests"][0]["papers"] == [paper.arxiv_id, other.arxiv_id]
    assert whole["digests"][0]["reply"] == "250 2.0.0 taken"


def test_erasing_asks_first_and_leaves_a_hash(client):
    reader = make_subscriber("ada@example.org")
    page = client.get(f"{data(reader)}erase/")
    assert page.status_code == 200
    assert Subscriber.objects.exists()
    assert act(client, f"{data(reader)}erase/").status_code == 200
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == "erased"
    assert client.get(path(reader)).status_code == 410


def test_the_erased_may_come_back_by_themselves(client):
    reader = make_subscriber("ada@example.org")
    act(client, f"{data(reader)}erase/")
    act(client, "/", form())
    act(client, link_in(mail.outbox[-2 if "Welcome" in mail.outbox[-1].subject else -1], "confirm"))
    assert Subscriber.objects.get().state == "active"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("reason", ["complained", "operator"])
def test_who_must_not_be_written_to_gets_no_mail_from_the_form(client, reason):
    from subscriptions.addresses import address_hash

    Suppression.objects.create(address_hash=address_hash("ada@example.org"), reason=reason, at=NOW)
    assert act(client, "/", form()).status_code == 302
    assert not mail.outbox
    assert not Subscriber.objects.exists()


def test_own_searches_are_kept_as_they_were_typed(client):
    reader = make_subscriber()
    searches = {
        "keywords": "diffusion models\n“world model” OR title:robot",
        "authors": "Fei-Fei Li",
        "categories": "cs.cv math.*",
    }
    assert act(client, path(reader), form(topics=[], **searches)).status_code == 302
    reader.refresh_from_db()
    assert reader.queries == [
        "diffusion models",
        "“world model” OR title:robot",
        'author:"Fei-Fei Li"',
        "cat:cs.CV",
        "cat:math.*",
    ]
    page = client.get(path(reader)).content.decode()
    assert "cs.CV math.*</textarea>" in page
    assert ">Fei-Fei Li</textarea>" in page


@pytest.mark.parametrize(
    ("field", "text"), [("keywords", "(robot"), ("keywords", "nofield:x"), ("categories", "cs.NONSENSE")]
)
def test_a_search_that_cannot_be_read_is_one_sentence_at_its_field(client, field, text):
    reader = make_subscriber()
    answer = act(client, path(reader), form(**{field: text}))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.content.decode()
    assert text in answer.content.decode()


def test_a_preview_is_the_digest_for_exactly_these_choices_and_keeps_nothing(client):
    papers = [make_paper(votes=number, day=DAY) for number in range(6)]
    for paper in papers:
        make_summary(paper, "ko", sentence=f"{paper.arxiv_id} 요약입니다.")
    make_edition(topic(), papers, day=DAY)
    with time_machine.travel(NOW):
        fields = form(topics=["robotics"], language="ko", size="5", email="")
        answer = client.post("/preview/?language=en", fields, headers={"X-Fragment": "1"})
    page = answer.content.decode()
    assert page.count('class="letter"') == 3
    assert f"{papers[0].arxiv_id} 요약입니다." in page
    assert "<html" not in page
    assert not Subscriber.objects.exists()


def test_a_preview_without_a_script_keeps_what_was_typed(client):
    answer = client.post("/preview/?language=en", form(email="half@", topics=["robotics"]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="half@"' in page
    assert "the next one may" in page
    # The page's links to other languages, and a bookmark of it, lead to a form.
    assert client.get("/preview/?language=ko")["Location"] == "/?language=ko"


def test_a_search_is_tried_on_the_papers_of_the_last_days(client):
    for number in range(7):
        make_paper(day=DAY - timedelta(days=number), title=f"Robots that fold {number} shirts")
    make_paper(day=DAY, title="Nothing of that kind", abstract="We prove a theorem.")
    page = client.get("/try/", {"q": "title:robot", "kind": "keywords", "language": "en"}).content.decode()
    assert "5 papers in the last 5 days" in page
    assert "Robots that fold 0 shirts" in page
    assert "field" in client.get("/try/", {"q": "nofield:x", "language": "en"}).content.decode()


def test_the_page_speaks_the_readers_language_and_the_address_can_say_otherwise(client):
    reader = make_subscriber(language="ko")
    page = client.get(path(reader), headers={"Accept-Language": "ja"})
    assert 'lang="ko"' in page.content.decode()[:200]
    assert page["Content-Language"] == "ko"
    page = client.get(path(reader) + "?language=ar").content.decode()
    assert '<html lang="ar" dir="rtl">' in page


def test_a_past_digest_is_a_page_of_its_own(client):
    reader, paper = make_subscriber(), make_paper()
    make_summary(paper)
    Delivery.objects.create(
        subscriber=reader,
        day=DAY,
        state="sent",
        language="en",
        subject="First and 0 more",
        created_at=NOW,
        picks=make_picks(paper, why=(PINNED,), day=DAY, new=1),
    )
    base = f"/digests/{token(reader, 'view')}/"
    assert "First and 0 more" in client.get(base).content.decode()
    answer = client.get(f"{base}{DAY}/")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert paper.title in page
    assert "in one sentence" in page
    assert client.get(f"{base}2026-99-99/").status_code == 404
    assert client.get(f"{base}2020-01-01/").status_code == 404
    assert client.get(f"/digests/{token(reader, 'preferences')}/").status_code == 404


def test_who_never_confirms_is_forgotten():
    old = make_subscriber(state="pending", confirmed_at=None)
    young = make_subscriber(state="pending", confirmed_at=None)
    left = make_subscriber(state="unsubscribed")
    entered_again = make_subscriber(state="pending", next_due_at=None)
    Subscriber.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=30))
    assert consent.forget_unconfirmed(timezone.now()) == 1
    assert set(Subscriber.objects.values_list("pk", flat=True)) == {young.pk, left.pk, entered_again.pk}
    assert not Subscriber.objects.filter(pk=old.pk).exists()
    entered_again.refresh_from_db()
    assert entered_again.state == "unsubscribed"
