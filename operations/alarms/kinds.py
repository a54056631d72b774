"""All kinds of alarms: what each means, what to do, and how long it must last. Pure.

``docs/operations.md`` has the same table; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

CALM = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Kind:
    """``meaning`` and ``remedy`` are for people.

    ``patience``: how long it must have been so before anybody is told. ``calm``: how long it must be well
    again before it is over, so that what comes and goes is one alarm.
    """

    meaning: str
    remedy: str
    patience: timedelta = timedelta()
    calm: timedelta = CALM


@dataclass(frozen=True, slots=True)
class Problem:
    """Something is wrong now. ``subject`` tells several of a ``kind`` apart, such as the name of a queue.

    ``sentence`` holds words and numbers of ours alone: nothing that a source, a model or a reader wrote, and
    no address. ``since``: from when on it is known to be so; None: from the first look that saw it.
    ``patience`` in place of the kind's.
    """

    kind: str
    sentence: str
    subject: str = ""
    since: datetime | None = None
    patience: timedelta | None = None

    @property
    def remedy(self) -> str:
        """What to do."""
        return KINDS[self.kind].remedy

    def begins(self, now: datetime) -> datetime:
        """When it began, as far as is known ``now``."""
        return now if self.since is None else min(self.since, now)

    def due(self, now: datetime) -> datetime:
        """When it will have lasted long enough to be said."""
        patience = KINDS[self.kind].patience if self.patience is None else self.patience
        return self.begins(now) + patience


_A_DAY = timedelta(days=1)
_A_RESTART = timedelta(minutes=5)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "late_digests": Kind(
            "readers' hours passed, and nothing was chosen for them",
            "See whether beat and a worker of the queue send run, and what the desk has set aside.",
        ),
        "late_edition": Kind(
            "the hour of release passed, and no edition of the newest day is ready",
            "Look at the day on the desk: sources that failed, drafts that are held, papers not taken in.",
        ),
        "overdue_mail": Kind(
            "digests were due more than an hour ago and are neither sent nor given up",
            "Look at the deliveries' reasons on the desk; see that the mail server of EMAIL_URL takes mail.",
        ),
        "bounces": Kind(
            "5 % or more of a day's digests came back, from ten or more readers; sending is held",
            "Read the bounces on the desk. If the addresses are at fault, release the hold there.",
        ),
        "complaints": Kind(
            "0.1 % or more of a day's readers complained, ten or more of them; sending is held",
            "Find out which mails and sign-ups they come from; then release the hold on the desk.",
        ),
        "restored": Kind(
            "a backup was restored; sending is held",
            "Read what the restore counted; then release the hold on the desk.",
        ),
        "silent_beat": Kind(
            "beat, which starts all periodic work, shows no sign of life",
            "Restart beat and read the end of its log.",
            patience=_A_RESTART,
        ),
        "silent_queue": Kind(
            "no worker takes messages from a queue",
            "Restart the worker that serves this queue (--queues); if it is busy, start another.",
            patience=_A_RESTART,
        ),
        "silent_watch": Kind(
            "the watch, which looks for alarms without the broker, shows no sign of life",
            "Restart manage.py watch and read the end of its log.",
            patience=_A_RESTART,
        ),
        "site_down": Kind(
            "the site does not answer, or cannot serve its pages: nobody can sign up, leave or vote",
            "Start web and the proxy. If it opens elsewhere, set SITE_CHECK_URL (docs/operations.md).",
            patience=_A_RESTART,
        ),
        "broker_down": Kind(
            "the broker does not answer",
            "Start Redis or Valkey, or correct REDIS_URL. Nothing is lost: all work stands in the database.",
            patience=timedelta(minutes=2),
        ),
        "source_down": Kind(
            "a source of papers has failed for a day",
            "Read its last error on the desk (Sources), and see its status page.",
            patience=_A_DAY,
        ),
        "model_down": Kind(
            "the model has answered nothing for a day; readers get extracts",
            "Check OPENAI_BASE_URL, OPENAI_API_KEY, SUMMARY_MODEL and the account at the provider.",
            patience=_A_DAY,
            calm=timedelta(hours=1),
        ),
        "budget": Kind(
            "90 % of the day's tokens are used; readers get extracts of what is not written",
            "Raise DAILY_TOKEN_BUDGET or the settings of the day, or leave it: it begins anew at 00:00 UTC.",
        ),
        "stage_down": Kind(
            "everything that a stage tries fails in the same way",
            "Open what was set aside on the desk: it gives the reason. Then try again.",
            patience=timedelta(minutes=10),
        ),
        "disk": Kind(
            "a disk is nearly full on which VAR_DIR, MEDIA_ROOT or SQLite's database lies",
            "Make room: prune, old logs, old backups; or enlarge the disk.",
        ),
        "journal": Kind(
            "the journal of wishes lacks some: a backup that is restored now could write to who left",
            "Make WISHES_JOURNAL writable, and room on its disk; what waits is then written by itself.",
            patience=timedelta(minutes=10),
        ),
        "old_backup": Kind(
            "the newest backup is older than two days, or none was ever taken",
            "Run manage.py backup, and have cron do it each night (docs/backups.md).",
        ),
        "proxy_hops": Kind(
            "a proxy in front is not believed, so that all readers share one limit of sign-ups and requests",
            "Set PROXY_HOPS to the number of proxies in front (mostly 1), and restart web.",
        ),
        "not_looked_at": Kind(
            "an alarm's condition cannot be looked at",
            "Read the log of the watch; this is a defect, please report it.",
            patience=_A_RESTART,
        ),
    }
)
