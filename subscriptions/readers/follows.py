"""What a reader follows beside topics: authors, as searches of the reader's own, and single papers."""

from datetime import datetime

from django.db import transaction

from newsletter.errors import StateError
from newsletter.models import Paper
from subscriptions.models import FollowedPaper, Subscriber
from subscriptions.readers import consent
from subscriptions.readers.queries import MOST_QUERIES, OwnQueries, read_authors, taken_apart

MOST_PAPERS = 500


def author_query(name: str) -> str:
    """The search that finds papers by ``name``, one line; raises LineError for what is no name."""
    return read_authors(" ".join(name.split()))[0] if name.strip() else ""


@transaction.atomic
def follow_author(subscriber: Subscriber, name: str, *, now: datetime, origin: str = "") -> None:
    """Tell the reader of papers by ``name`` from now on: a search of the reader's own.

    Raises :class:`~newsletter.errors.StateError` if the reader has as many searches as there may be,
    LineError for what is no name.
    """
    query = author_query(name)
    reader = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    if not query or query in reader.queries:
        return
    if len(reader.queries) >= MOST_QUERIES:
        raise StateError(f"A reader has at most {MOST_QUERIES} searches.")
    consent.change_queries(reader, [*reader.queries, query], now=now, origin=origin)


@transaction.atomic
def unfollow_author(subscriber: Subscriber, name: str, *, now: datetime, origin: str = "") -> None:
    """Undo :func:`follow_author`."""
    query = author_query(name)
    reader = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    if query in reader.queries:
        kept = [own for own in reader.queries if own != query]
        consent.change_queries(reader, kept, now=now, origin=origin)


def followed_authors(subscriber: Subscriber) -> list[str]:
    """The names that the reader follows, in the reader's order."""
    own: OwnQueries = taken_apart(subscriber.queries)
    return own.authors.splitlines()


def follow_paper(subscriber: Subscriber, paper: Paper, *, now: datetime) -> None:
    """Tell the reader of notable new versions of ``paper``. Raises StateError when it is one too many."""
    followed = FollowedPaper.objects.filter(subscriber=subscriber)
    if followed.count() >= MOST_PAPERS and not followed.filter(paper=paper).exists():
        raise StateError(f"A reader follows at most {MOST_PAPERS} papers.")
    FollowedPaper.objects.get_or_create(subscriber=subscriber, paper=paper, defaults={"at": now})


def unfollow_paper(subscriber: Subscriber, paper: Paper) -> None:
    """Undo :func:`follow_paper`."""
    FollowedPaper.objects.filter(subscriber=subscriber, paper=paper).delete()
