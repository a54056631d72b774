"""One look at everything that an alarm can be about. A condition that fails says so and stops no other."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType

from django.db import InterfaceError, OperationalError

from operations.alarms import content, engine, feedback, machine, sending, site
from operations.alarms.conditions import CannotTellError
from operations.alarms.kinds import Problem
from subscriptions.models.states import SendingHoldKind

log = logging.getLogger(__name__)

Condition = Callable[[datetime], Iterable[Problem]]

# By the kind that each is about.
CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        "broker_down": engine.broker_down,
        "silent_beat": engine.silent_beat,
        "silent_queue": engine.silent_queue,
        "silent_watch": engine.silent_watch,
        "site_down": site.site_down,
        "late_digests": sending.late_digests,
        "late_edition": sending.late_edition,
        "overdue_mail": sending.overdue_mail,
        **{str(kind): partial(feedback.held, kind) for kind in SendingHoldKind},
        "source_down": content.source_down,
        "model_down": content.model_down,
        "budget": content.budget,
        "stage_down": content.stage_down,
        "disk": machine.disk,
        "journal": machine.wishes_journal,
        "old_backup": machine.old_backup,
        "proxy_hops": machine.proxy_hops,
    }
)

# What a worker looks at, which may be on another machine than the watch.
CONDITIONS_OF_WORKERS: Mapping[str, Condition] = MappingProxyType(
    {**CONDITIONS, "site_down": site.site_down_without_watch}
)


@dataclass(slots=True)
class Look:
    """What is wrong now, and the kinds of which nothing can be known now: their alarms stay as they are."""

    problems: list[Problem] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


def look(now: datetime, *, conditions: Mapping[str, Condition] = CONDITIONS) -> Look:
    """Ask every condition. Raises OperationalError and the like where the database does not answer."""
    result = Look()
    for kind, condition in conditions.items():
        try:
            result.problems += condition(now)
        except CannotTellError:
            result.unknown.add(kind)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("The condition %s cannot be looked at.", kind)
            result.unknown.add(kind)
            result.problems.append(
                Problem("not_looked_at", f"Whether there is an alarm of the kind {kind} is not known.", kind)
            )
    return result
