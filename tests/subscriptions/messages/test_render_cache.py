"""A sender's cache: what rows say again is not made again, and what they say anew is in the next message."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError

from newsletter.models import Edition, Entry, Paper, Summary, Topic
from subscriptions.digests import choose_batch
from subscriptions.messages import build_batch, compose_digest, draft_batch, render_cache
from subscriptions.messages.render_cache import RenderCache
from subscriptions.models import Delivery
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic

pytestmark = pytest.mark.django_db


def deliver(topic):
    reader = make_subscriber(topics=[topic])
    (choice,) = choose_batch([reader], now=NOW)
    assert choice.picks is not None
    return Delivery.objects.create(
        subscriber=reader, day=choice.day, picks=choice.picks, language=reader.language, created_at=NOW
    )


@pytest.fixture
def digest():
    topic = make_topic(names={"en": "Computer Vision"})
    papers = [make_paper(title=f"Paper {letter}", votes=9 - at) for at, letter in enumerate("ABC")]
    make_edition(topic, papers)
    make_summary(papers[0], sentence="What it found.")
    return deliver(topic)


def composed_cards(delivery, cache):
    digest = compose_digest(delivery, cache)
    assert digest is not None
    return digest.cards


CHANGES = {
    "summary corrected": lambda: Summary.objects.update(sentence="What it says now."),
    "summary held": lambda: Summary.objects.update(state=Summary.State.HELD),
    "summary written": lambda: make_summary(Paper.objects.get(title="Paper B"), sentence="Now there is one."),
    "votes": lambda: Paper.objects.update(votes=77),
    "authors": lambda: Paper.objects.update(authors=["Ada Lovelace"]),
    "paper withdrawn": lambda: Paper.objects.filter(title="Paper C").update(is_withdrawn=True),
    "topic renamed": lambda: Topic.objects.update(names={"en": "Seeing"}),
    "topic painted": lambda: Topic.objects.update(colour="#123456"),
    "topic gone": lambda: Topic.objects.all().delete(),
    "other words": lambda: Entry.objects.update(matched=["gloves"]),
    "entry hidden": lambda: Entry.objects.filter(paper__title="Paper B").update(is_hidden=True),
    "note": lambda: Edition.objects.update(note={"en": "A word."}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_next_batch_says_what_the_rows_say_then(digest, change):
    cache = RenderCache()
    before = draft_batch([digest], now=NOW, cache=cache)[digest.pk]
    change()
    after = draft_batch([digest], now=NOW, cache=cache)[digest.pk]
    assert after.data != before.data
    assert after == build_batch([digest], now=NOW)[digest.pk]


def test_a_picture_that_came_in_between_is_shown(digest, settings):
    Paper.objects.update(image_url="https://cdn.example/thumbnail.png")
    cache = RenderCache()
    assert b"thumbnail.png" not in draft_batch([digest], now=NOW, cache=cache)[digest.pk].data
    settings.REMOTE_PICTURES = True
    assert draft_batch([digest], now=NOW, cache=cache)[digest.pk] == build_batch([digest], now=NOW)[digest.pk]


def test_what_says_the_same_is_not_made_again(digest):
    cache = RenderCache()
    cache.refresh([digest])
    first = composed_cards(digest, cache)
    cache.refresh([digest])
    again = composed_cards(digest, cache)
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_what_a_failed_read_brought_is_not_taken_for_what_was_shown_before(digest, monkeypatch):
    cache = RenderCache()
    draft_batch([digest], now=NOW, cache=cache)
    Summary.objects.update(sentence="It was corrected.")

    def go_away(*_):
        raise OperationalError("the connection ended")

    with monkeypatch.context() as broken:
        broken.setattr("subscriptions.messages.rows._topics", go_away)
        with pytest.raises(OperationalError):
            cache.refresh([digest])
    assert draft_batch([digest], now=NOW, cache=cache)[digest.pk] == build_batch([digest], now=NOW)[digest.pk]


@pytest.mark.parametrize("bound", ["MOST_PAPERS", "MOST_BLOCKS"])
def test_a_cache_does_not_grow_for_ever(digest, monkeypatch, bound):
    monkeypatch.setattr(render_cache, bound, 2)
    cache = RenderCache()
    cache.refresh([digest])
    first = composed_cards(digest, cache)
    cache.refresh([digest])
    assert composed_cards(digest, cache)[0] is not first[0]


def test_the_words_are_those_of_the_readers_own_editions():
    """Also beside a reader who draws on another edition that holds the same paper."""
    topic, paper = make_topic(), make_paper(title="Paper A")
    for back, word in ((0, "new"), (1, "old")):
        edition = make_edition(topic, [paper, make_paper()], day=DAY - timedelta(days=back))
        Entry.objects.filter(edition=edition).update(matched=[word])
    one, two = deliver(topic), deliver(topic)
    newest, oldest = Edition.objects.order_by("-day").values_list("pk", flat=True)
    one.picks = replace(one.picks, editions=(newest, oldest))
    two.picks = replace(two.picks, editions=(oldest,))
    together = build_batch([one, two], now=NOW)
    assert together[one.pk] == build_batch([one], now=NOW)[one.pk]
    assert together[two.pk] == build_batch([two], now=NOW)[two.pk]
    assert b"(new)" in together[one.pk].data
    assert b"(old)" in together[two.pk].data
