"""Past digests chosen again: what was liked later stands higher by taste, and nothing later is looked at."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.features.corpus import take_in_features
from subscriptions.digests import replay
from subscriptions.models import Delivery, RankingReplay, Taste, Vote
from subscriptions.picks import Pick, Picks
from subscriptions.readers.votes import cast
from subscriptions.taste.learning import profile_before, profiles_of
from tests.factories import make_edition, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def day():
    """Yesterday's edition of a topic: five papers on flow matching have the fewest votes of twenty-five."""
    at = timezone.now() - timedelta(days=1)
    topic = make_topic()
    robots = [
        make_paper(
            title=f"Soft robots {n}", abstract=f"Robots bend {n}.", authors=[f"B{n}"], votes=50, day=at.date()
        )
        for n in range(20)
    ]
    flows = [
        make_paper(
            title=f"Flow matching {n}", abstract=f"Flow matching {n}.", authors=[f"A{n}"], day=at.date()
        )
        for n in range(5)
    ]
    edition = make_edition(topic, [*robots, *flows], day=at.date())
    return topic, edition, robots, flows, at


def reader_with_past(day, *, likes_first=True):
    """A reader who liked flow matching, had a digest yesterday, and voted for a paper of it today."""
    topic, edition, robots, flows, at = day
    reader = make_subscriber(topics=[topic])
    before = make_paper(title="Flow matching", abstract="On flow matching.", kind="replace")
    take_in_features(now=at)
    if likes_first:
        cast(reader, before, 1, now=at - timedelta(days=3))
    picks = Picks(
        papers=tuple(Pick(paper.pk) for paper in (robots[0], flows[0])),
        topics=(topic.pk,),
        editions=(edition.pk,),
    )
    Delivery.objects.create(
        subscriber=reader, day=at.date(), state="sent", picks=picks, language="en", created_at=at
    )
    cast(reader, flows[0], 1, now=at + timedelta(hours=2))
    return reader


def run(**options):
    out = StringIO()
    arguments = [f"--{name}={value}" for name, value in options.items()]
    call_command("replay_ranking", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_what_was_liked_later_stands_higher_with_taste_and_is_stored(day):
    for _ in range(2):
        reader_with_past(day)
    assert run(days=7) == {"readers": 2, "digests": 2, "not_compared": 0, "problems": []}
    stored = RankingReplay.objects.get()
    assert (stored.readers, stored.digests, stored.days) == (2, 2, 7)
    for row in stored.measures:
        assert row["with"] > row["without"]
        assert row["low"] <= row["difference"] == pytest.approx(row["with"] - row["without"])
        assert row["difference"] <= row["high"]


def test_a_vote_after_the_digest_is_no_part_of_the_profile(day):
    """Else the paper that is looked for would find itself."""
    reader = reader_with_past(day, likes_first=False)
    assert profile_before(reader.pk, day[-1]).is_empty
    assert run(days=7)["not_compared"] == 1


def test_a_profile_before_now_is_the_stored_one(day):
    reader = reader_with_past(day)
    stored = profiles_of([reader.pk])[reader.pk]
    assert profile_before(reader.pk, timezone.now()).pack() == stored.pack()
    assert profile_before(reader.pk, day[-1]).likes == 1


def test_nothing_but_the_result_is_written(day):
    reader_with_past(day)

    def everything():
        rows = (Vote.objects.values(), Taste.objects.values(), Delivery.objects.values())
        return [list(of_model.order_by("pk")) for of_model in rows]

    before = everything()
    run(days=7)
    assert everything() == before


def test_a_run_is_bounded(day):
    for _ in range(3):
        reader_with_past(day)
    assert run(days=7, readers=2)["readers"] == 2
    now = timezone.now()
    assert replay.past_digests(now, now, readers=9) == []


@pytest.mark.parametrize("options", [{"days": 0}, {"days": 61}, {"readers": "many"}])
def test_bad_bounds_are_one_sentence(options):
    with pytest.raises(CommandError, match="use a whole number from 1 to"):
        run(**options)
