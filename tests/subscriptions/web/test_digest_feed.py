"""The private feed of the papers of a reader's own digests."""

from datetime import timedelta

import feedparser
import pytest

from newsletter.models import Entry
from subscriptions.models import Delivery, Subscriber
from subscriptions.picks import by_author
from subscriptions.readers.links import DIGEST_FEED, FEED, token
from tests import feed_rules
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

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def reader() -> Subscriber:
    return make_subscriber(language="ko", queries=[])


def send(reader: Subscriber, *papers, days_ago: int = 0, state: str = "sent") -> Delivery:
    return Delivery.objects.create(
        subscriber=reader,
        day=DAY - timedelta(days=days_ago),
        state=state,
        language=reader.language,
        created_at=NOW - timedelta(days=days_ago),
        picks=make_picks(*papers, why=(by_author("Emmy Noether", 1, liked=papers[0].pk),)),
    )


def path_of(reader: Subscriber, ending: str = "atom") -> str:
    return f"/digests/{token(reader, DIGEST_FEED)}.{ending}"


def test_it_has_the_papers_of_the_newest_digests_in_the_readers_language(client, reader):
    papers = [make_paper() for _ in range(4)]
    make_edition(make_topic(), papers)
    make_summary(papers[0], "ko", title="셔츠 접기", sentence="로봇이 셔츠를 접습니다.")
    send(reader, papers[2], papers[0], days_ago=1)
    send(reader, papers[0], papers[1])
    send(reader, papers[3], days_ago=2, state="skipped")
    answer = client.get(path_of(reader))
    feed_rules.check_atom(answer.content)
    feed = feedparser.parse(answer.content)
    assert [entry.title for entry in feed.entries] == ["셔츠 접기", papers[1].title, papers[2].title]
    assert feed.feed.title.startswith("메일로 받은 논문")
    rss = client.get(path_of(reader, "rss"))
    feed_rules.check_rss(rss.content)
    assert rss["Content-Type"].startswith("application/rss+xml")
    assert path_of(reader, "rss") in rss.content.decode()
    assert [entry.id for entry in feedparser.parse(rss.content).entries] == [
        entry.id for entry in feed.entries
    ]
    items = feed_rules.check_json(client.get(path_of(reader, "json")).content)["items"]
    assert [item["id"] for item in items] == [entry.id for entry in feed.entries]
    assert "Emmy Noether, whom" not in answer.content.decode()


def test_it_is_private_and_conditional_and_what_is_hidden_leaves_it(
    client, reader, django_assert_max_num_queries
):
    papers = [make_paper() for _ in range(12)]
    make_edition(make_topic(), papers)
    send(reader, *papers)
    with django_assert_max_num_queries(14):
        seen = client.get(path_of(reader))
    assert "private" in seen["Cache-Control"]
    assert (seen["X-Robots-Tag"], seen["Referrer-Policy"]) == ("noindex, nofollow", "no-referrer")
    for held in ({"if-none-match": seen["ETag"]}, {"if-modified-since": seen["Last-Modified"]}):
        assert client.get(path_of(reader), headers=held).status_code == 304
    Entry.objects.filter(paper=papers[0]).update(is_hidden=True)
    for held in ({"if-none-match": seen["ETag"]}, {"if-modified-since": seen["Last-Modified"]}):
        changed = client.get(path_of(reader), headers=held)
        assert changed.status_code == 200
    assert papers[0].title not in changed.content.decode()


def test_it_ends_when_the_reader_renews_it_or_leaves(client, reader):
    old, saved = path_of(reader), f"/saved/{token(reader, FEED)}.atom"
    data = f"/my-data/{token(reader, 'my-data')}/"
    assert old in client.get(data).content.decode()
    assert client.get(f"{data}feed/").status_code == 302
    assert client.get(old).status_code == 200
    page = client.post(f"{data}feed/").content.decode()
    assert client.get(old).status_code == 410
    assert path_of(reader) != old
    assert path_of(reader) in page
    assert client.get(saved).status_code == 200
    Subscriber.objects.update(state=Subscriber.State.UNSUBSCRIBED, next_due_at=None)
    assert client.get(path_of(reader)).status_code == 410


def test_the_address_opens_nothing_else_and_no_other_link_opens_it(client, reader):
    held = token(reader, DIGEST_FEED)
    for page in ("preferences", "vote", "my-data", "digests", "unsubscribe"):
        assert client.get(f"/{page}/{held}/").status_code == 404
    assert client.get(f"/saved/{held}.atom").status_code == 404
    for purpose in ("preferences", "view", FEED):
        assert client.get(f"/digests/{token(reader, purpose)}.atom").status_code == 404
    assert client.get(f"/digests/{held[:-2]}.json").status_code == 404
    assert client.post(path_of(reader)).status_code == 405
