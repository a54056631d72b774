"""Posts what is due: a row for each channel and day, then message after message, each channel by itself."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from newsletter import stages
from newsletter.channels import ledger
from newsletter.channels.answers import Outcome, Verdict, shown
from newsletter.channels.content import Chosen, compose
from newsletter.channels.days import days_in_reach, due_at, lateness, papers_of
from newsletter.channels.formats import service_of
from newsletter.channels.places import place_of, secrets_of
from newsletter.channels.posts import Post, Request, Sending, next_message
from newsletter.channels.wire import NoAnswerError, NotSentError, deliver
from newsletter.models import Channel, ChannelPost
from newsletter.models.states import PostState
from newsletter.set_aside import Isolation, StageDown, isolating, pause_after, reason_of, storable

SECONDS = 50.0  # of one run: the next tick goes on
UNREADY = timedelta(minutes=5)  # until a day that an editor took back is looked at again
LONGEST_NAP = 5.0  # seconds that a run waits for the next message of a post; else the next tick goes on
FEWEST_UNREACHED = 2  # channels that nobody can reach, and none that was: the network is down


@dataclass(slots=True)
class _Run:
    """What a run has done so far. ``reached``: whether any service answered."""

    isolation: Isolation
    counts: Counter[str]
    unreached: dict[int, str] = field(default_factory=dict)
    reached: bool = False


def post_due(*, seconds: float = SECONDS) -> dict[str, int]:
    """Post what is due now; returns how many rows came into which state.

    1. What dead workers left is settled. 2. Each channel's days get their rows. 3. What is too late is given
    up. 4. Messages leave in turn, until nothing is due or ``seconds`` have passed.

    Raises :class:`StageDown` where no service can be reached at all; the posts wait.
    """
    begun, now = time.monotonic(), timezone.now()
    counts = ledger.sweep(now=now)
    with isolating(stages.CHANNEL_DAYS, now=now) as isolation:
        counts["queued"] += sum(isolation.each(list(Channel.objects.on()), partial(enqueue, now=now)))
    counts["late"] += ledger.expire(now=now)
    with isolating(stages.POSTING, now=now) as isolation:
        run = _Run(isolation, counts)
        while time.monotonic() - begun < seconds:
            post = ledger.claim(now=timezone.now())
            if post is not None:
                _post_one(run, post)
            elif not _nap():
                break
        _raise_if_nobody_is_reached(run)
    return dict(+run.counts)


def enqueue(channel: Channel, *, now: datetime) -> int:
    """A row for each day that is due, ready and without one. Returns how many."""
    days = list(days_in_reach(channel, now))
    known = set(channel.posts.filter(day__in=days).values_list("day", flat=True))
    rows = []
    for day in days:
        chosen = papers_of(channel, day) if day not in known else None
        if chosen is None or (not chosen.papers and not channel.says_empty):
            continue
        rows.append(
            ChannelPost(
                channel=channel,
                day=day,
                papers=list(chosen.papers),
                total=chosen.total,
                late_at=due_at(channel, day) + lateness(),
                created_at=now,
            )
        )
    ChannelPost.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _nap() -> bool:
    """Wait for the next message of a post that has begun; False where that is too far away."""
    now = timezone.now()
    soon = ChannelPost.objects.claimable(now + timedelta(seconds=LONGEST_NAP))
    retry_at = soon.order_by("retry_at").values_list("retry_at", flat=True).first()
    if retry_at is None:
        return False
    time.sleep(max((retry_at - now).total_seconds(), 0.05))  # services ask for pauses between messages
    return True


def _post_one(run: _Run, post: ChannelPost) -> None:
    """One message of ``post``, and what became of it."""
    try:
        state = _send_next(run, post)
    except Exception as error:  # noqa: BLE001 - whatever one channel raises, the next one is tried
        _put_back(run, post, error)
    else:
        run.counts[state] += 1
        if state == PostState.SENT:
            run.isolation.succeeded([post.channel])


def _put_back(run: _Run, post: ChannelPost, error: Exception) -> None:
    """No message could be made: the post waits, and the channel is set aside with the reason."""
    now = timezone.now()
    ledger.put_back(post, retry_at=now + pause_after(0), error=reason_of(error))
    run.counts[PostState.DEFERRED] += 1
    run.isolation.failed(post.channel, error)


def _send_next(run: _Run, post: ChannelPost) -> PostState:
    """Send the next message of a claimed ``post`` and settle it."""
    now = timezone.now()
    channel, service = post.channel, service_of(post.channel.service)
    if not post.parts and not _choose(post):
        ledger.put_back(post, retry_at=now + UNREADY, error="The day is not approved any more: it waits.")
        return PostState.DEFERRED
    left = _left(post)
    if left is None:
        ledger.skip(post, reason="Nothing is left to show.", now=now)
        return PostState.SENT if post.parts else PostState.SKIPPED
    message = next_message(left, service.build, service.fits)
    request = service.request(place_of(channel), Sending(message, key=_key(post), now=now))
    if not ledger.start(post, message.papers, now=now):
        return PostState.QUEUED
    outcome = outcome_of(channel, request)
    if outcome.verdict is Verdict.UNREACHED:
        run.unreached[channel.pk] = outcome.reason
    else:
        run.reached = True
    rest = len(left.items) - len(message.papers)
    return ledger.settle(post, outcome, now=timezone.now(), rest=rest, gap=service.gap)


def _choose(post: ChannelPost) -> bool:
    """The day's papers as the editor has them now, until the first message has left; False: not ready."""
    chosen = papers_of(post.channel, post.day)
    if chosen is not None:
        post.papers, post.total = list(chosen.papers), chosen.total
    return chosen is not None


def _left(post: ChannelPost) -> Post | None:
    """What is still to be sent, as it is to be shown now; None: nothing."""
    done = post.done
    papers = tuple(paper for paper in post.papers if paper not in done)
    if not papers and (post.papers or post.parts or not post.channel.says_empty):
        return None
    left = compose(post.channel, Chosen(post.day, papers, post.total, is_begun=bool(post.parts)))
    return left if left.items or left.note else None


def outcome_of(channel: Channel, request: Request) -> Outcome:
    """Send ``request``; what its answer means, in words without the channel's secrets."""
    secrets = secrets_of(channel)
    try:
        answer = deliver(request)
    except NotSentError as error:
        verdict = Verdict.REFUSED if error.is_permanent else Verdict.UNREACHED
        return Outcome(verdict, storable(shown(error, secrets)))
    except NoAnswerError as error:
        return Outcome(Verdict.UNCERTAIN, storable(shown(error, secrets)))
    outcome = service_of(channel.service).outcome(answer, now=timezone.now())
    reason = storable(shown(outcome.reason, secrets))
    return Outcome(outcome.verdict, reason, wait=outcome.wait, message_id=shown(outcome.message_id, secrets))


def _key(post: ChannelPost) -> str:
    """Names a message for services that know repeats: the same until its answer is known."""
    made = int(post.created_at.timestamp())
    return f"post-{post.channel_id}-{post.day:%Y%m%d}-{made}-{post.round}-{len(post.parts)}"


def _raise_if_nobody_is_reached(run: _Run) -> None:
    """Several channels and not one answer: it is the network, and no channel's fault."""
    if run.reached or len(run.unreached) < FEWEST_UNREACHED:
        return
    reason = next(iter(run.unreached.values()))
    raise StageDown(
        f"No service of {len(run.unreached)} channels can be reached, so all posts wait. {reason}",
        stage=stages.POSTING.slug,
        reason=reason,
    )
