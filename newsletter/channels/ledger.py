"""The rows' changes of state: each is one conditional UPDATE, so that of two that try one succeeds.

The promise: no channel gets a message twice by itself, whatever dies at whatever moment.

1. A row is sent only by the holder of its lease; the claim commits before anything else.
2. Before a message leaves, its papers are written to ``parts`` as "sending", and ``serial`` grows: from then
   on nobody sends them again. Then the message leaves, once.
3. The service's answer settles the part: taken, or refused and so taken out of ``parts`` again.
4. Where no answer came, or the holder died, the part is "uncertain", and so is the post. An editor looks into
   the chat and says whether it arrived, or has it sent again.
5. A holder that hears late that its message was taken settles the part also after its lease has expired:
   ``serial`` says that no other message was begun meanwhile.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from lib.backoff import Backoff
from lib.retries import retry
from newsletter.channels.answers import Outcome, Verdict
from newsletter.channels.days import lateness
from newsletter.errors import StateError
from newsletter.models import Channel, ChannelPost
from newsletter.models.states import PostState

LEASE = timedelta(minutes=5)  # several times what one message takes
MOST_ATTEMPTS = 10
PATIENCE = 60.0  # seconds that a settle waits for a database that went away
_BACKOFF = Backoff(first=30, longest=3600, jitter=(1.0, 1.25))
_PATIENT = Backoff(first=0.05, longest=2.0)
_LEAST = Backoff(first=1, longest=3600)  # where a service asks for less, again and again
_UNREACHED = Backoff(first=30, longest=900, jitter=(1.0, 1.25))


def claim(*, now: datetime) -> ChannelPost | None:
    """One post that is ours alone now, with its channel; None where nothing is due."""
    while True:
        due = ChannelPost.objects.claimable(now).order_by(F("retry_at").asc(nulls_first=True), "pk")
        pk = due.values_list("pk", flat=True).first()
        if pk is None:
            return None
        lease = uuid.uuid4()
        row = ChannelPost.objects.waiting().filter(pk=pk)
        if row.claim(lease, until=now + LEASE, state=PostState.CLAIMED, retry_at=None):
            return ChannelPost.objects.select_related("channel__topic").get(pk=pk)


def start(post: ChannelPost, papers: Sequence[int], *, now: datetime) -> bool:
    """claimed → sending, with the part that is about to leave; False where the lease was lost."""
    parts = [*post.parts, {"papers": list(papers), "state": "sending", "message_id": ""}]
    claimed = ChannelPost.objects.held_by(post.lease).filter(pk=post.pk, state=PostState.CLAIMED)
    begun = claimed.renew(
        until=now + LEASE,
        state=PostState.SENDING,
        papers=post.papers,
        total=post.total,
        parts=parts,
        serial=F("serial") + 1,
    )
    if begun:
        post.parts, post.serial, post.state = parts, post.serial + 1, PostState.SENDING
    return bool(begun)


def settle(post: ChannelPost, outcome: Outcome, *, now: datetime, rest: int, gap: float) -> PostState:
    """sending → what ``outcome`` makes of the part and the post; ``rest`` papers are still to be sent.

    ``gap``: seconds until the next part may leave.
    """
    values = _settled(post, outcome, now=now, rest=rest, gap=gap)
    states = [PostState.SENDING]
    if outcome.verdict is Verdict.SENT:
        states.append(PostState.UNCERTAIN)  # evidence outlives the lease
    ours = ChannelPost.objects.filter(pk=post.pk, serial=post.serial, state__in=states)

    def update() -> None:
        with transaction.atomic():
            if ours.release(**values):
                _tell_channel(post.channel_id, outcome, now=now)

    # What the service said is known here alone: it outlasts a database that restarts.
    retry(
        update,
        errors=(OperationalError, InterfaceError),
        backoff=_PATIENT,
        patience=PATIENCE,
        before_retry=connection.close,
    )
    return PostState(values["state"])


def _settled(post: ChannelPost, outcome: Outcome, *, now: datetime, rest: int, gap: float) -> dict[str, Any]:
    """The fields of the row after an answer."""
    *before, part = post.parts
    if outcome.verdict is Verdict.SENT:
        parts = [*before, {**part, "state": "sent", "message_id": outcome.message_id}]
        if rest:
            retry_at = now + timedelta(seconds=gap)
            return _fields(PostState.QUEUED, parts=parts, attempts=0, retry_at=retry_at)
        return _fields(PostState.SENT, parts=parts, attempts=0, settled_at=now)
    if outcome.verdict is Verdict.UNCERTAIN:
        parts = [*before, {**part, "state": "uncertain"}]
        return _fields(PostState.UNCERTAIN, parts=parts, error=outcome.reason, settled_at=now)
    if outcome.verdict is Verdict.UNREACHED:
        # No refusal: it waits until it is too late, however often nobody is there.
        retry_at = now + _UNREACHED.delay(_unreached_in_a_row(post) + 1, chance=_chance(post))
        return _fields(PostState.DEFERRED, parts=before, error=outcome.reason, retry_at=retry_at)
    attempts = post.attempts + 1
    if outcome.verdict is Verdict.LATER and attempts < MOST_ATTEMPTS:
        if outcome.wait is None:
            wait = _BACKOFF.delay(attempts, chance=_chance(post))
        else:
            wait = max(timedelta(seconds=outcome.wait), _LEAST.delay(attempts))
        retry_at = now + wait
        return _fields(
            PostState.DEFERRED, parts=before, attempts=attempts, error=outcome.reason, retry_at=retry_at
        )
    return _fields(PostState.FAILED, parts=before, attempts=attempts, error=outcome.reason, settled_at=now)


def _fields(state: PostState, **values: Any) -> dict[str, Any]:
    return {"state": state, "error": "", "retry_at": None, **values}


def _unreached_in_a_row(post: ChannelPost) -> int:
    """How often nobody could be reached: told by how many messages were begun and did not leave."""
    return max(post.serial - len(post.parts) - post.attempts, 0)


def _chance(post: ChannelPost) -> float:
    """Spreads those that failed together; the same for the same try."""
    return ((post.pk * 2654435761 + post.serial * 40503) % 1000) / 1000


def _tell_channel(channel: int, outcome: Outcome, *, now: datetime) -> None:
    """Show at the channel what went wrong last; one that is gone is switched off."""
    rows = Channel.objects.filter(pk=channel)
    if outcome.verdict is Verdict.SENT:
        rows.exclude(last_error="").update(last_error="", last_error_at=None)
    elif outcome.verdict is Verdict.GONE:
        rows.update(is_on=False, last_error=f"Switched off: {outcome.reason}", last_error_at=now)
    else:
        rows.update(last_error=outcome.reason, last_error_at=now)


def put_back(post: ChannelPost, *, retry_at: datetime | None = None, error: str = "") -> int:
    """A claimed row returns to the queue; nothing of it left."""
    rows = ChannelPost.objects.held_by(post.lease).filter(pk=post.pk, state=PostState.CLAIMED)
    state = PostState.DEFERRED if retry_at else PostState.QUEUED
    return rows.release(state=state, retry_at=retry_at, error=error)


def skip(post: ChannelPost, *, reason: str, now: datetime) -> int:
    """A claimed row of which nothing is left to send: sent, where parts of it were."""
    rows = ChannelPost.objects.held_by(post.lease).filter(pk=post.pk, state=PostState.CLAIMED)
    state = PostState.SENT if post.parts else PostState.SKIPPED
    return rows.release(state=state, error="" if post.parts else reason, settled_at=now)


def expire(*, now: datetime) -> int:
    """What waits and has become too late is given up. Returns how many."""
    late = ChannelPost.objects.waiting().filter(late_at__lt=now).select_related("channel")
    count = 0
    for post in late:
        why = post.error or ("the channel was off" if not post.channel.is_on else "it was not its turn")
        rows = ChannelPost.objects.waiting().filter(pk=post.pk, late_at__lt=now)
        count += rows.update(state=PostState.FAILED, error=f"Too late: {why}", settled_at=now, retry_at=None)
    return count


def sweep(*, now: datetime) -> Counter[str]:
    """Take back what expired leases hold. Counts by new state."""
    counts: Counter[str] = Counter()
    claimed = ChannelPost.objects.filter(state=PostState.CLAIMED).expired(now)
    counts["queued"] += claimed.release(state=PostState.QUEUED)
    for post in ChannelPost.objects.filter(state=PostState.SENDING).expired(now):
        *before, part = post.parts
        rows = ChannelPost.objects.filter(pk=post.pk, serial=post.serial, state=PostState.SENDING)
        counts["uncertain"] += rows.expired(now).release(
            state=PostState.UNCERTAIN,
            parts=[*before, {**part, "state": "uncertain"}],
            error="The worker died while it was sent; nobody heard the answer.",
            settled_at=now,
        )
    return +counts


def repeat(post: ChannelPost, *, now: datetime) -> str:
    """Send again what is uncertain or failed, and go on; of a day that was sent, all of it.

    Returns a sentence. Raises StateError where it is still waiting or being sent.
    """
    post = ChannelPost.objects.select_related("channel").get(pk=post.pk)
    if not post.channel.is_on:
        raise StateError("The channel is off: switch it on first.")
    is_whole = post.state in (PostState.SENT, PostState.SKIPPED)
    parts = [] if is_whole else [part for part in post.parts if part["state"] == "sent"]
    values: dict[str, Any] = {"parts": parts, "round": post.round + is_whole}
    _reopen(post, now=now, **values)
    return "All of the day is posted again." if is_whole else "What is missing is posted."


def accept(post: ChannelPost, *, now: datetime) -> str:
    """An editor saw the uncertain part in the chat: it counts as sent, and the rest follows."""
    post = ChannelPost.objects.get(pk=post.pk)
    if post.state != PostState.UNCERTAIN:
        raise StateError("Nothing of this post is uncertain.")
    _reopen(post, now=now, parts=[{**part, "state": "sent"} for part in post.parts])
    return "It counts as arrived."


def _reopen(post: ChannelPost, *, now: datetime, **values: Any) -> None:
    over = (PostState.SENT, PostState.SKIPPED, PostState.FAILED, PostState.UNCERTAIN)
    rows = ChannelPost.objects.filter(pk=post.pk, serial=post.serial, state__in=over)
    late_at = max(post.late_at, now + lateness())
    fields = _fields(PostState.QUEUED, attempts=0, settled_at=None, late_at=late_at, **values)
    if not rows.update(**fields):
        raise StateError("This post is waiting or being sent already; look at it again in a minute.")
