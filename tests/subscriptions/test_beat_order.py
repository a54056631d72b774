"""Whatever order the beat's ticks come in, the same summaries are written: none lost, none in vain."""

import random
from datetime import timedelta

import pytest
import time_machine

from newsletter import tasks as content
from newsletter.models import Demand, Entry, Paper, Summary, Topic
from newsletter.topics.assignment import add_missing_topics
from newsletter.topics.catalogue import load_topics
from subscriptions import tasks as people
from subscriptions.models import Delivery, Subscriber
from tests.factories import NOW, make_paper, make_subscriber, make_topic
from tests.model_server import ModelServer, question_of
from tests.truthful_writer import invent, write_truth

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.processes]

MIDNIGHT = NOW - timedelta(hours=8)  # the day's papers were announced an hour ago; readers are due at nine


@pytest.fixture
def server(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.SUMMARY_MODEL, settings.JUDGE_MODEL, settings.SUMMARY_MODE = "test-model", "none", "direct"
    settings.DAILY_TOKEN_BUDGET = 10_000_000
    settings.AUTO_APPROVE_HOUR = 4
    with ModelServer(write_truth, key=question_of) as server:
        settings.OPENAI_BASE_URL = server.url
        yield server


def announce():
    """Eight papers that match a topic, on the day's list."""
    if not Paper.objects.exists():
        for number in range(8):
            paper = invent(number)
            make_paper(title=paper.title, abstract=paper.abstract, votes=40 - number)


def hand_over():
    """The mail server takes everything."""
    Delivery.objects.filter(state="queued").update(state="sent")


def sparse_topic():
    """The one topic that is followed: the shipped ones would each be matched at every tick, for nobody."""
    add_missing_topics(load_topics())
    Topic.objects.update(is_active=False)
    return make_topic("sparse", query="title:sparse", threshold=0)


def live(order):
    """A day in hours; ``order`` gives the ticks of each in turn. Returns the pairs that are ready."""
    topic = sparse_topic()
    make_subscriber(topics=[topic], size=3)
    make_subscriber(topics=[topic], size=2, language="ko")
    mover = make_subscriber(topics=[topic], size=1, language="ja")
    beat = [
        people.publish_demand,
        announce,
        content.compose_due,
        content.summarise_due,
        content.approve_due,
        people.maintain_subscribers,
        people.enqueue_due,
        hand_over,
    ]
    for hour in range(13):
        now = MIDNIGHT + timedelta(hours=hour)
        with time_machine.travel(now, tick=False):
            if hour == 5:  # an editor who is early hides the best of the drafts, a reader moves to Chinese
                Entry.objects.filter(position=1, edition__frozen_at=None).update(is_hidden=True)
                Subscriber.objects.filter(pk=mover.pk).update(language="zh-Hans")
            for task in order(beat):
                task()
    return set(Summary.objects.shown().filter(author="model").values_list("paper__title", "language"))


def mailed():
    return {
        (title, row.language)
        for row in Delivery.objects.all()
        for title in Paper.objects.filter(pk__in=[pick.paper for pick in row.picks.papers]).values_list(
            "title", flat=True
        )
    }


@pytest.mark.parametrize("seed", range(4))
def test_every_order_of_the_ticks_leads_to_the_same_summaries(server, seed):
    chance = random.Random(seed)
    ready = live(lambda beat: chance.sample(beat, len(beat)))
    names = [invent(number).title for number in range(8)]
    wanted = {
        *((title, "en") for title in names[1:4]),
        *((title, "ko") for title in names[1:3]),
        (names[1], "zh-Hans"),
    }
    assert mailed() == wanted, "the hidden one went to nobody, and the next moved up"
    before_the_editor = {(names[0], code) for code in ("en", "ko", "ja")}
    assert wanted <= ready <= wanted | before_the_editor
    assert set(server.keys.values()) == {1}, "nothing was asked for twice"
    assert not Summary.objects.exclude(state="ready").exists()
    assert Demand.objects.filter(topic=Topic.objects.get(slug="sparse")).count() == 3


def test_summaries_that_come_after_the_mails_are_those_of_the_mails(server):
    order = [
        *("announce", "compose_due", "approve_due", "enqueue_due", "hand_over", "maintain_subscribers"),
        *("publish_demand", "summarise_due"),
    ]
    topic = sparse_topic()
    make_subscriber(topics=[topic], size=2, language="ko")
    tasks = {
        task.__name__.rpartition(".")[2]: task
        for task in (
            *(announce, hand_over, people.publish_demand, content.compose_due, content.summarise_due),
            *(content.approve_due, people.maintain_subscribers, people.enqueue_due),
        )
    }
    with time_machine.travel(NOW, tick=False):
        for name in order:
            tasks[name]()
    ready = set(Summary.objects.shown().values_list("paper__title", "language"))
    assert ready == mailed() == {(invent(number).title, "ko") for number in range(2)}
