"""A reader's list as votes: now where the papers are here, later where they are still to come."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.models import Paper, WantedPaper
from newsletter.references import MOST_REFERENCES
from newsletter.references.identifiers import bare_arxiv_id
from newsletter.set_aside import ItemKind, isolating
from subscriptions import stages
from subscriptions.models import ImportedLike, Subscriber, TasteImport, Vote
from subscriptions.readers import votes

LIKES_A_RUN = 1_000  # learning takes some 3 ms a vote, in one transaction
MOST_WAITING = MOST_REFERENCES  # papers that one reader may have to be fetched at a time


@transaction.atomic
def count(
    subscriber: Subscriber, arxiv_ids: Iterable[str], *, now: datetime, at_once: int | None = None
) -> Counter[str]:
    """Count the papers with these ids as liked, and have those fetched that are not here.

    1. Papers that are here and on which the reader has no vote get one, all at once. 2. The others wait, and
    are wanted of the content side. A reader who voted has said so:
    such a vote stays as it is, and is not the import's to take back. Of more papers than ``at_once`` the rest
    waits for :func:`settle`, too. Returns how many are ``counted`` and how many ``waiting``.
    """
    ids = [each for each in dict.fromkeys(map(bare_arxiv_id, arxiv_ids)) if each][:MOST_REFERENCES]
    papers = sorted(_papers(ids), key=lambda paper: (paper.published_at or now, paper.pk))
    here = {paper.arxiv_id for paper in papers}
    waited_for = set(
        ImportedLike.objects.filter(
            taste_import__subscriber=subscriber, state=ImportedLike.State.WAITING
        ).values_list("arxiv_id", flat=True)
    )
    absent = [arxiv_id for arxiv_id in ids if arxiv_id not in here and arxiv_id not in waited_for]
    absent = absent[: max(MOST_WAITING - len(waited_for), 0)]
    first = papers[:at_once]
    liked = votes.like_all(subscriber, first, now=now)
    counted = [paper.arxiv_id for paper in first if paper.pk in liked]
    waiting = [*(paper.arxiv_id for paper in papers[len(first) :]), *absent]
    counts = Counter(counted=len(counted), waiting=len(waiting))
    if not counts.total():
        return counts
    taste_import = TasteImport.objects.create(subscriber=subscriber, at=now)
    add = partial(ImportedLike, taste_import=taste_import)
    ImportedLike.objects.bulk_create(
        [
            *(add(arxiv_id=each, state=ImportedLike.State.COUNTED, counted_at=now) for each in counted),
            *(add(arxiv_id=each, state=ImportedLike.State.WAITING) for each in waiting),
        ],
        batch_size=1000,
    )
    WantedPaper.objects.want(absent, now=now)
    return counts


def settle(*, now: datetime) -> int:
    """Count the likes whose papers have come, and give up those that cannot come. Returns how many counted.

    A list whose likes cannot be counted is set aside.
    """
    _want_again(now)
    waiting = ImportedLike.objects.filter(state=ImportedLike.State.WAITING)
    gone = WantedPaper.objects.filter(arxiv_id=OuterRef("arxiv_id"), state=WantedPaper.State.MISSING)
    waiting.filter(Exists(gone)).update(state=ImportedLike.State.MISSING)
    arrived = waiting.filter(Exists(Paper.objects.filter(arxiv_id=OuterRef("arxiv_id"))))
    likes: defaultdict[int, list[ImportedLike]] = defaultdict(list)
    for like in arrived.order_by("taste_import", "pk")[:LIKES_A_RUN]:
        likes[like.taste_import_id].append(like)
    lists = TasteImport.objects.select_related("subscriber").in_bulk(likes)
    items = ItemKind(owner=lambda each: stages.reader(each.subscriber_id))
    with isolating(stages.LIKES, now=now, items=items) as run:
        return sum(run.each(lists.values(), lambda each: _settle_list(each, likes[each.pk], now=now)))


def _want_again(now: datetime) -> None:
    """Have papers fetched that are waited for and not wanted: another list was dropped just then."""
    waiting = ImportedLike.objects.filter(state=ImportedLike.State.WAITING)
    lost = waiting.exclude(
        Exists(Paper.objects.filter(arxiv_id=OuterRef("arxiv_id")))
        | Exists(WantedPaper.objects.filter(arxiv_id=OuterRef("arxiv_id")))
    )
    if ids := list(lost.values_list("arxiv_id", flat=True)[:LIKES_A_RUN]):
        WantedPaper.objects.want(ids, now=now)


@transaction.atomic
def _settle_list(taste_import: TasteImport, likes: Collection[ImportedLike], *, now: datetime) -> int:
    if not TasteImport.objects.filter(pk=taste_import.pk).locked():
        return 0  # taken back, reset or erased since it was read
    own = ImportedLike.objects.filter(pk__in=[like.pk for like in likes], state=ImportedLike.State.WAITING)
    papers = _papers(list(own.values_list("arxiv_id", flat=True)))
    liked = votes.like_all(taste_import.subscriber, papers, now=now)
    counted = {paper.arxiv_id for paper in papers if paper.pk in liked}
    own.filter(arxiv_id__in=counted).update(state=ImportedLike.State.COUNTED, counted_at=now)
    # What the reader voted on meanwhile, or what was withdrawn, is not this list's any more.
    own.delete()
    return len(counted)


def _papers(arxiv_ids: Collection[str]) -> list[Paper]:
    return [
        paper
        for part in chunked(arxiv_ids, IDS_A_QUERY)
        for paper in Paper.objects.filter(arxiv_id__in=part, is_withdrawn=False).only(
            "arxiv_id", "published_at"
        )
    ]


@transaction.atomic
def take_back(taste_import: TasteImport, *, now: datetime) -> int:
    """Undo what a list added and nothing else; a vote that was cast since stays. How many votes went.

    What no other list waits for is not fetched any more.
    """
    own = TasteImport.objects.filter(pk=taste_import.pk)
    if not own.locked():
        return 0
    likes = taste_import.likes.filter(state=ImportedLike.State.COUNTED)
    moments = dict(likes.values_list("arxiv_id", "counted_at"))
    cast = Vote.objects.filter(
        subscriber=taste_import.subscriber_id, value=1, at__in=set(moments.values())
    ).values_list("pk", "paper__arxiv_id", "at")
    made = [pk for pk, arxiv_id, at in cast if moments.get(arxiv_id) == at]
    votes.withdraw(taste_import.subscriber, made, now=now)
    own.drop()
    return len(made)
