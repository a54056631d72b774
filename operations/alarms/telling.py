"""Look, keep, tell: what the watch does each minute, and a periodic task now and then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from operations.alarms import feedback, ledger, mails, pings
from operations.alarms.looking import CONDITIONS, Condition, look
from operations.models import Alarm


@dataclass(frozen=True, slots=True)
class Told:
    """``open``: the sentences of what needs a person now. ``mailed``: how many alarms the mail was about."""

    open: tuple[str, ...]
    mailed: int = 0
    pinged: bool = False


def evaluate(now: datetime, *, conditions: Mapping[str, Condition] = CONDITIONS) -> Told:
    """One round; may run in several processes at once, of which one tells.

    1. Hold sending where too much comes back. 2. Look at every condition. 3. Bring the rows of the alarms up
    to it. 4. Mail what began and what is over, each once. 5. Ping. Raises OperationalError or InterfaceError
    where the database does not answer.
    """
    feedback.hold_sending_if_refused(now)
    ledger.keep(look(now, conditions=conditions), now=now)
    mailed = mail_untold(now)
    sentences = tuple(Alarm.objects.open().order_by("began_at", "pk").values_list("sentence", flat=True))
    return Told(sentences, mailed, pings.ping(sentences))


def mail_untold(now: datetime) -> int:
    """One mail about everything that nobody was told yet; returns about how many alarms.

    It is told at least once: a process that dies between the mail server's answer and its own note leaves it
    to be told again.
    """
    to = mails.recipients()
    if not to:
        return 0
    rows = ledger.claim_untold(now)
    if not rows:
        return 0
    if not mails.send(mails.subject_of(rows), mails.text_of(rows), to=to, now=now):
        return 0
    ledger.note_told(rows, now=now)
    return len(rows)
