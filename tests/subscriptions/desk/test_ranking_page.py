"""The desk's page "Does ranking help?": counted by hand, few readers withheld, nobody named."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from subscriptions.desk.ranking_figures import coverage_of, readers_with_taste, taste_states, vote_figures
from subscriptions.models import Delivery, RankingReplay, Taste, Vote
from subscriptions.picks import NEW, Pick, Picks, ReasonKind, Team, for_topic
from tests.factories import make_paper, make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    cache.clear()
    return timezone.now()


@pytest.fixture
def papers():
    return [make_paper() for _ in range(4)]


def deliver(reader, picks, *, at):
    return Delivery.objects.create(
        subscriber=reader, day=at.date(), state="sent", picks=picks, language="en", created_at=at
    )


def vote(reader, paper, value, *, at):
    Vote.objects.create(subscriber=reader, paper=paper, value=value, at=at)


def mixed(papers):
    """The first and third paper by the reader's own order, the second by everybody's, the last by none."""
    teams = (Team.TASTE, Team.EVERYBODY, Team.TASTE, None)
    reasons = ((for_topic(1),), (for_topic(1),), (for_topic(2),), (for_topic(2), NEW))
    rows = zip(papers, reasons, teams, strict=True)
    return Picks(papers=tuple(Pick(paper.pk, why, team) for paper, why, team in rows))


def voting_readers(count, papers, now, *, votes=((0, 1), (1, -1))):
    for number in range(count):
        reader = make_subscriber(f"secret-name-{count}-{number}@example.org")
        deliver(reader, mixed(papers), at=now - timedelta(days=2))
        for place, value in votes:
            vote(reader, papers[place], value, at=now - timedelta(days=1))


def test_votes_are_counted_by_team_place_reason_and_day(papers, now):
    voting_readers(2, papers, now, votes=((0, 1), (1, -1), (3, 1)))
    voting_readers(1, papers, now, votes=((1, 1), (2, -1)))
    elsewhere = make_subscriber()
    vote(elsewhere, papers[0], 1, at=now - timedelta(days=1))
    figures = vote_figures(now - timedelta(days=28), now)

    def numbers(one):
        return one.up, one.down, one.readers

    assert numbers(figures.teams[Team.TASTE]) == (2, 1, 3)
    assert numbers(figures.teams[Team.EVERYBODY]) == (1, 2, 3)
    assert {place: numbers(one) for place, one in figures.places.items()} == {
        1: (2, 0, 2),
        2: (1, 2, 3),
        3: (0, 1, 1),
        4: (2, 0, 2),
    }
    assert numbers(figures.kinds[ReasonKind.NEW]) == (2, 0, 2)
    assert numbers(figures.elsewhere) == (1, 0, 1)
    assert numbers(figures.days[(now - timedelta(days=1)).date()]) == (6, 3, 4)
    assert (figures.voters, figures.trial_readers, figures.wins, figures.losses) == (4, 3, 2, 1)


def test_a_vote_before_the_digest_was_not_cast_on_it(papers, now):
    reader = make_subscriber()
    deliver(reader, mixed(papers), at=now - timedelta(days=1))
    vote(reader, papers[0], 1, at=now - timedelta(days=2))
    figures = vote_figures(now - timedelta(days=28), now)
    assert (figures.elsewhere.up, figures.places) == (1, {})


def test_what_a_days_digests_showed(papers, now):
    at = now - timedelta(days=2)
    deliver(make_subscriber(), mixed(papers), at=at)
    deliver(make_subscriber(), Picks(papers=(Pick(papers[0].pk, (for_topic(1),)),)), at=at)
    coverage = coverage_of(at.date())
    assert coverage is not None
    assert (coverage.digests, coverage.papers, coverage.top) == (2, 4, 1.0)
    assert coverage.outside == pytest.approx((0.5 + 0) / 2)
    assert coverage.gini == pytest.approx(0.15)
    assert coverage_of(at.date() - timedelta(days=1)) is None


def test_of_many_digests_and_voters_a_sample_is_counted(papers, now, monkeypatch):
    monkeypatch.setattr("subscriptions.desk.ranking_figures.DIGESTS_A_DAY", 5)
    monkeypatch.setattr("subscriptions.desk.ranking_figures.VOTERS", 5)
    voting_readers(20, papers, now)
    coverage = coverage_of((now - timedelta(days=2)).date())
    assert coverage is not None
    assert coverage.digests == 5
    assert vote_figures(now - timedelta(days=28), now).voters == 5


def test_more_readers_cost_no_more_queries(papers, now):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            vote_figures(now - timedelta(days=28), now)
            coverage_of((now - timedelta(days=2)).date())
        return len(queries)

    voting_readers(2, papers, now)
    few = count()
    for reader in range(40):
        other = make_subscriber()
        deliver(other, mixed(papers), at=now - timedelta(days=2))
        vote(other, papers[reader % 4], 1, at=now - timedelta(days=1))
    assert count() == few <= 6


def test_readers_by_the_state_of_their_taste(now):
    for state in ("on", "on", "off", "untold"):
        reader = make_subscriber(taste=state)
        Taste.objects.create(subscriber=reader, updated_at=now)
    make_subscriber(taste="on")
    make_subscriber(taste="on", state="unsubscribed", next_due_at=None)
    assert taste_states() == {"on": 3, "off": 1, "untold": 1}
    assert readers_with_taste() == 2


# -- the page -----------------------------------------------------------------------------------------------


@pytest.fixture
def page(client, now):
    user = User.objects.create_superuser("boss", "boss@example.org", "a long password")
    client.force_login(user)
    return lambda: client.get(reverse("admin:subscriptions_delivery_ranking"))


def test_an_empty_house_says_so_and_how_to_begin(page):
    html = page().content.decode()
    assert "No reader with a mixed digest has voted." in html
    assert "RANKING_TRIAL_SHARE" in html
    assert "Nobody has voted." in html
    assert "No digest was sent in these days." in html


def test_few_readers_are_withheld(page, papers, now):
    voting_readers(9, papers, now)
    html = page().content.decode()
    assert "Fewer than ten readers of a trial have voted." in html
    assert "<td>9</td>" not in html
    assert "<svg" not in html


def test_many_readers_are_shown_with_interval_pictures_and_no_name(page, papers, now):
    voting_readers(12, papers, now)
    html = page().content.decode()
    assert "100.0 %</strong> went to papers of the reader" in html
    assert "12 readers preferred their own order, 0 everybody" in html
    assert html.count("<svg") == 3
    assert 'role="img" aria-label="Votes up by place' in html
    assert "secret-name" not in html
    assert " style=" not in html.split('<div class="desk">')[1].split("</section>")[0]


@pytest.mark.parametrize(("readers", "is_shown"), [(9, False), (10, True)])
def test_the_last_replay_is_shown_from_ten_readers_on(page, now, readers, is_shown):
    assert "manage.py replay_ranking" in page().content.decode()
    row = {"with": 0.8125, "without": 0.25, "difference": 0.5625, "low": 0.4, "high": 0.7}
    measures = [{"name": "NDCG@10", **row}]
    RankingReplay.objects.create(made_at=now, days=7, readers=readers, digests=12, measures=measures)
    html = page().content.decode()
    assert ("NDCG@10" in html and "(0.400 to 0.700)" in html) == is_shown
    assert ("has fewer than ten readers" in html) != is_shown


def test_who_may_not_see_deliveries_does_not_see_it(client, now):
    user = User.objects.create_user("editor", "e@example.org", "a long password", is_staff=True)
    client.force_login(user)
    assert client.get(reverse("admin:subscriptions_delivery_ranking")).status_code == 403
