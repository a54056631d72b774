"""What the workers do for the people. Each task takes ids, may run twice, and calls one stage function."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from lib.locks import run_lock
from newsletter.desk import reports
from newsletter.errors import PaperpostError
from newsletter.set_aside import isolating
from subscriptions import delivery, journal, stages, taste_import, wakeups
from subscriptions.abuse import throttling
from subscriptions.corrections import owing
from subscriptions.delivery import correction_mails, holds, notices
from subscriptions.delivery.checkpoints import default_checkpoints
from subscriptions.delivery.dispatch import DeferredError
from subscriptions.delivery.promise import Promise
from subscriptions.digests import demand
from subscriptions.mailbox.inbox import configured_box, read_box
from subscriptions.models import SignUp, Subscriber, Suppression
from subscriptions.models.states import NoticeKind
from subscriptions.privacy import traces
from subscriptions.readers import consent, owed_notices, welcomes
from subscriptions.taste import learning

SHIFT_SECONDS = 6.0  # one run of send_queued: what else this worker has to do waits no longer
ROWS_PER_RUN = 1_200  # roughly what one run can do with a good mail server
MOST_RUNS = 64  # runs that one tick asks for
WAKE_UP_SECONDS = (
    60.0  # how long a message that only wakes a worker is valid: by then ticks have done the same
)
LOG_HOLDS = timedelta(hours=1)  # after an erasure SQLite's log is emptied at each tick, in case it was read
_FORMS_AT_ONCE = 200
_SIGN_UPS = "sign-ups"
log = logging.getLogger(__name__)


def hand_over(task: Any, *arguments: object) -> None:
    """Give ``task`` to the workers once the present transaction is committed.

    Without a broker nobody's form fails: what has to be done stands in the database, where a tick finds it.
    """
    transaction.on_commit(partial(_publish, task, arguments))


def hand_over_sign_up() -> None:
    """Have the forms received that are committed by then: of many at once, one message is enough."""
    transaction.on_commit(_request_sign_up_run)


def _request_sign_up_run() -> None:
    wakeups.request(_SIGN_UPS, send=partial(_publish, receive_sign_ups, expires=WAKE_UP_SECONDS))


def _publish(
    task: Any,
    arguments: tuple[object, ...] = (),
    *,
    countdown: float | None = None,
    expires: float | None = None,
) -> bool:
    try:
        task.apply_async(
            arguments,
            countdown=countdown,
            expires=expires,
            retry_policy={"max_retries": 1, "interval_start": 0},
        )
    except OperationalError as error:
        log.warning("%s waits for the next tick: the broker does not answer (%s).", task.name, error)
        return False
    return True


@shared_task
def receive_sign_ups() -> int:
    """Look at the forms that came in, and write to their addresses. Returns how many there were."""
    wakeups.acknowledge(_SIGN_UPS)
    _publish(receive_late_sign_ups, countdown=wakeups.LOOK_AGAIN, expires=WAKE_UP_SECONDS)
    return _receive_all()


@shared_task
def receive_late_sign_ups() -> int:
    """The second look, for forms that came while the first was on its way. Returns how many there were."""
    return _receive_all()


def _receive_all() -> int:
    count = last = 0
    waiting = SignUp.objects.order_by("pk").values_list("pk", flat=True)
    with isolating(stages.SIGN_UPS, now=timezone.now()) as run:
        while batch := list(waiting.filter(pk__gt=last)[:_FORMS_AT_ONCE]):
            last = batch[-1]
            count += sum(run.each(batch, _receive))
    return count


def _receive(sign_up_id: int) -> bool:
    try:
        return _receive_and_answer(sign_up_id)
    except IntegrityError:
        # Two workers met two forms with one new address; the one that lost finds a subscriber next time.
        log.info("Sign-up %s met another with the same address; the next tick reads it again.", sign_up_id)
        return False


@transaction.atomic  # a form that was received owes its answer, whatever happens to this process
def _receive_and_answer(sign_up_id: int) -> bool:
    received = consent.receive(sign_up_id)
    if received is None:
        return False
    kind, subscriber = received
    if throttling.admit_notice(email=subscriber.email, now=timezone.now()):
        notify(kind, subscriber.pk)
    return True


@shared_task
def maintain_subscribers() -> dict[str, int]:
    """Sign-ups and notices whose message was lost; pauses that end; who never confirmed is forgotten, as are
    old reports of something wrong; what an earlier version learned from votes is learned anew; wishes that
    their journal did not take are written to it.
    """
    now = timezone.now()
    received = _receive_all()
    overdue = owed_notices.due(now=now)
    if Suppression.objects.filter(reason=Suppression.Reason.ERASED, at__gte=now - LOG_HOLDS).exists():
        traces.truncate_log()
    for kind, subscriber_id in overdue:
        _publish(send_notice, (kind, subscriber_id), expires=WAKE_UP_SECONDS)
    return {
        "received": received,
        "notices": len(overdue),
        "awake": consent.wake(now),
        "forgotten": consent.forget_unconfirmed(now),
        "old_reports": reports.forget_settled(now=now),
        "relearned": learning.relearn_outdated(now=now),
        "journalled": journal.write_owed(now),
    }


# The name of an earlier version: messages that wait in the broker during an upgrade still find their task.
shared_task(name="subscriptions.tasks.tend_readers")(maintain_subscribers.run)


def notify(kind: str, subscriber_id: int) -> None:
    """Send one of :mod:`subscriptions.delivery.notices` once the present transaction is committed."""
    owed_notices.owe(kind, subscriber_id, now=timezone.now())
    hand_over(send_notice, kind, subscriber_id)


@shared_task
def send_notice(kind: str, subscriber_id: int) -> bool:
    """Send a notice that is owed and due. What the mail server does not take yet stays owed."""
    if any(hold.stops_notices for hold in holds.current_holds()):
        return False  # it stays owed, and no attempt is counted
    now = timezone.now()
    take = welcomes.take if kind == NoticeKind.WELCOME else partial(owed_notices.take, kind)
    if not take(subscriber_id, now=now):
        return False
    subscriber = Subscriber.objects.filter(pk=subscriber_id).first()
    if subscriber is None:
        return False
    try:
        sent = notices.send(kind, subscriber, now=now)
    except DeferredError as error:
        return _put_off(kind, subscriber_id, error)
    owed_notices.settle(kind, subscriber_id)
    return sent


def _put_off(kind: str, subscriber_id: int, error: DeferredError) -> bool:
    later = owed_notices.put_off(kind, subscriber_id, now=timezone.now())
    consequence = "waits for another attempt" if later else "is given up"
    log.warning("The %s notice for reader %s %s: %s", kind, subscriber_id, consequence, error)
    return False


def ask_for_link(subscriber_id: int) -> None:
    """Have a worker mail the link to what is kept; of nobody (0) too, so that both take as long.

    Without a broker the link is owed from now on, and a tick mails it: what that writes is little beside the
    attempt to reach the broker.
    """
    if not _publish(mail_link, (subscriber_id,)):
        _owe_link(subscriber_id)


@shared_task
def mail_link(subscriber_id: int) -> bool:
    """Mail a subscriber the link to what is kept, so often a day at most. Of nobody (0) nothing is done."""
    if not _owe_link(subscriber_id):
        return False
    hand_over(send_notice, NoticeKind.MY_DATA.value, subscriber_id)
    return True


def _owe_link(subscriber_id: int) -> bool:
    standings = (Subscriber.State.ACTIVE, Subscriber.State.PAUSED)
    subscriber = Subscriber.objects.filter(pk=subscriber_id, state__in=standings).first()
    now = timezone.now()
    if subscriber is None or not throttling.admit_notice(email=subscriber.email, now=now):
        return False
    owed_notices.owe(NoticeKind.MY_DATA.value, subscriber.pk, now=now)
    return True


@shared_task
def count_imported_likes() -> int:
    """Count papers that readers brought along and that had to be fetched. Returns how many."""
    with run_lock("imported_likes") as acquired:
        return taste_import.settle(now=timezone.now()) if acquired else 0


@shared_task
def tell_corrections() -> int:
    """Look for the readers of what an editor corrected, and send the mails of their own that are owed.

    Digests tell the rest. Returns how many readers were found and mails settled.
    """
    with run_lock("corrections") as acquired:
        if not acquired:
            return 0
        gathered = owing.gather(now=timezone.now())
        counts = correction_mails.send_corrections(seconds=SHIFT_SECONDS)
    if counts["sent"] and not counts["stopped"]:
        _publish(tell_corrections, expires=WAKE_UP_SECONDS)  # there may be more than one run can send
    return gathered + counts.total()


@shared_task
def publish_demand() -> int:
    """Tell the content side which topics have readers in which languages."""
    return demand.publish_demand()


@shared_task
def enqueue_due() -> int:
    """Queue a digest for everybody whose hour has come, and request as many senders as that needs.

    One run at a time: two at once would choose the same digests twice.
    """
    with run_lock("enqueue") as acquired:
        queued = delivery.enqueue(timezone.now())["queued"] if acquired else 0
    for reader in welcomes.due(now=timezone.now()) if acquired else ():
        _publish(send_notice, (NoticeKind.WELCOME.value, reader), expires=WAKE_UP_SECONDS)
    for _ in range(min(queued // ROWS_PER_RUN + 1, MOST_RUNS) if queued else 0):
        _request_next_run()
    return queued


def _request_next_run() -> None:
    """One more run of :func:`send_queued`, unless none can begin before the next tick asks for its own.

    Otherwise each tick would add a run that asks for its successor, and more would wait than can begin.
    """
    _publish(send_queued, expires=max(settings.TICK_SECONDS, SHIFT_SECONDS))


@shared_task
def send_queued() -> int:
    """Send for :data:`SHIFT_SECONDS`, and ask for another run if there is more; several may run at once."""
    run = delivery.send(seconds=SHIFT_SECONDS)
    if run.counts["sent"]:
        delivery.clear_drafting_alarm()
    if run.problem:
        log.warning("Sending stopped: %s The next tick tries again.", run.problem)
    elif not run.exhausted:
        _request_next_run()
    return run.done


@shared_task
def sweep() -> int:
    """Settle or queue again the rows of senders that died."""
    swept = delivery.sweep(
        now=timezone.now(),
        checkpoints=default_checkpoints(patience=2),
        promise=Promise(settings.DELIVERY_PROMISE),
    )
    return swept.total()


@shared_task
def read_bounces_due() -> int:
    """Read the mailbox of what came back, if there is one; one at a time. Returns how many mails."""
    if not (settings.BOUNCE_IMAP_URL or settings.BOUNCE_MAILDIR):
        return 0
    with run_lock("read_bounces") as acquired:
        if not acquired:
            return 0
        try:
            with configured_box() as box:
                report = read_box(box, now=timezone.now(), on_unsubscribe=send_unsubscribe_notice)
        except PaperpostError as error:
            log.warning("%s", error)
            return 0
    for problem in report.problems:
        log.warning("%s", problem)
    return report.counts.total()


def send_unsubscribe_notice(subscriber_id: int) -> None:
    """Confirm by mail that a mail unsubscribed the reader: there is no page that could say so."""
    notify("goodbye", subscriber_id)
