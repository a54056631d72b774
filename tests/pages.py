"""The pages of a site with one of everything, for the tests that look at all of them."""

from django.utils import timezone

from newsletter.features.corpus import take_in_features
from newsletter.models import Topic
from newsletter.search.index import all_papers, index_papers
from subscriptions.models import Delivery
from subscriptions.picks import for_topic
from subscriptions.readers import follows, saved, tastes, votes
from subscriptions.readers.links import token
from subscriptions.readers.tastes import Subject
from tests.factories import (
    make_correction,
    make_edition,
    make_paper,
    make_picks,
    make_reading,
    make_subscriber,
    make_summary,
)


def all_pages(code: str) -> list[str]:
    """An address of every kind of page, in the language ``code``, with something to show on each."""
    topics = list(Topic.objects.filter(slug__in=["robotics", "diffusion-models"]))
    day = timezone.now().date()
    papers = [make_paper(day=day, code_url="https://example.org/code", votes=vote) for vote in range(3)]
    for paper in papers[:2]:
        make_summary(paper, code, title="A title in another language")
    make_reading(papers[1], code)
    now = timezone.now()
    take_in_features(now=now)
    make_correction(papers[0], code, at=now)
    for topic in topics:
        make_edition(topic, papers, day=day, note={code: "A word from the editor."})
    index_papers(all_papers(), now=now)
    reader = make_subscriber(
        topics=topics, language=code, queries=["robot"], new_email="new@example.org", cadence="daily"
    )
    paused = make_subscriber(state="paused", paused_until=day, next_due_at=None, language=code)
    left = make_subscriber(state="unsubscribed", next_due_at=None, language=code)
    pending = make_subscriber(state="pending", confirmed_at=None, topics=topics, language=code)
    Delivery.objects.create(
        subscriber=reader,
        day=day,
        state="sent",
        language=code,
        subject="Robots and 2 more",
        created_at=timezone.now(),
        picks=make_picks(*papers, why=(for_topic(topics[0].pk),)),
    )
    for paper in papers:
        saved.save(reader, paper, now=timezone.now())
    follows.follow_paper(reader, papers[0], now=timezone.now())
    follows.follow_author(reader, "Emmy Noether", now=timezone.now())
    for number, paper in enumerate(papers):
        votes.cast(reader, paper, -1 if number == 2 else 1, now=timezone.now())
    tastes.want_fewer(reader, Subject("category", "cs.LG", "cs.LG"), now=timezone.now())
    tastes.forget(reader, Subject("author", "1", "Ada Lovelace"), now=timezone.now())
    preferences = f"/preferences/{token(reader, 'preferences')}/"
    return [
        f"/?language={code}",
        f"/check-mail/?language={code}",
        f"/privacy/?language={code}",
        f"/archive/?language={code}",
        f"/feeds/?language={code}",
        f"/api/?language={code}",
        f"/today/{code}/",
        f"/topics/?language={code}",
        f"/topics/{topics[0].slug}/{code}/",
        f"/topics/{topics[0].slug}/{code}/?month={day:%Y-%m}",
        f"/authors/Ada%20Lovelace/?language={code}",
        f"/archive/{day}/{code}/?topic={topics[0].slug}",
        f"/archive/{day}/{code}/",
        f"/search/?language={code}",
        f"/search/?language={code}&q=study+subject&summary={code}",
        f"/search/?language={code}&q=sutdy",
        f"/search/?language={code}&q=nothing+at+all+of+it&has=code&has=reading",
        f"/search/?language={code}&like={papers[0].arxiv_id}",
        f"/papers/{papers[0].arxiv_id}/{code}/",
        f"/papers/{papers[2].arxiv_id}/{code}/",
        f"/papers/{papers[1].arxiv_id}/{code}/in-depth/",
        f"/confirm/{token(pending, 'confirm')}/",
        preferences,
        f"{preferences}?done=saved",
        f"/my-data/{token(reader, 'my-data')}/erase/",
        f"/preferences/{token(paused, 'preferences')}/",
        f"/unsubscribe/{token(reader, 'unsubscribe')}/",
        f"/unsubscribe/{token(left, 'unsubscribe')}/",
        f"/undo/{token(left, 'undo')}/",
        f"/my-data/{token(reader, 'my-data')}/",
        f"/my-data/{token(reader, 'my-data')}/import/?done=counted",
        f"/rate/{token(reader, 'vote')}/",
        f"/my-data/{token(reader, 'my-data')}/learned/",
        f"/my-data/{token(paused, 'my-data')}/learned/",
        f"/my-data/{token(reader, 'my-data')}/learned/reset/",
        f"/arrive/{token(reader, 'email-confirm')}/",
        f"/digests/{token(reader, 'view')}/",
        f"/digests/{token(reader, 'view')}/{day}/",
        f"/vote/{token(reader, 'vote')}/?paper={papers[0].arxiv_id}&value=1",
        f"/vote/{token(reader, 'vote')}/save/?paper={papers[0].arxiv_id}",
        f"/vote/{token(reader, 'vote')}/wrong/?paper={papers[0].arxiv_id}",
        f"/papers/{papers[1].arxiv_id}/{code}/wrong/",
        f"/vote/{token(reader, 'vote')}/papers/",
        f"/vote/{token(reader, 'vote')}/remember/",
        f"/reader/?language={code}",
        f"/my-data/{token(reader, 'my-data')}/papers/",
        f"/my-data/{token(reader, 'my-data')}/papers/?q=nothing",
        f"/my-data/{token(left, 'my-data')}/papers/",
        f"/confirm/{token(reader, 'vote')}/?language={code}",
        f"/confirm/nothing/?language={code}",
    ]
