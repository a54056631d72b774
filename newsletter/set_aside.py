"""Error isolation: an item that fails is stored with the reason, and the stage goes on with the others.

A stage says what it goes through (:class:`Stage`) and does it inside :func:`isolating`, item by item or a
batch at a time. Three rules decide what a failure means:

1. The database, the broker or a server that is away is no item's fault: the error is passed on, and the work
   stays wanted.
2. If all of a run fails in the same way, it is not the items either: :class:`StageDown` says so, the desk is
   told once, and nothing is set aside.
3. Else the item is set aside. The stage leaves it alone for longer and longer (a day at most), until a person
   says "try again" or "drop"; when it is done after all, its row goes.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import Any, TypeVar

import redis
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from kombu.exceptions import OperationalError as BrokerError

from lib.backoff import Backoff
from newsletter.errors import PaperpostError
from newsletter.models import SetAside

BACKOFF = Backoff(first=10 * 60, longest=24 * 3600)  # seconds for which an item is left alone
FEWEST_TO_BLAME_THE_STAGE = 5
ENOUGH_TO_BLAME_THE_STAGE = 20  # failures alike and no success: the other items are not tried
LONGEST_REASON = 300

NO_ITEMS_FAULT = (
    *(OperationalError, InterfaceError, BrokerError, redis.RedisError),
    *(ConnectionError, TimeoutError, SoftTimeLimitExceeded),
)
_ADDRESS = re.compile(r"[^\s<>\"',;:()@]{1,64}@[^\s<>\"',;:()@]{1,255}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Item = TypeVar("Item")
Result = TypeVar("Result")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """What goes through items: ``doing`` ("choosing digests") and ``noun`` ("reader") are the desk's words.

    ``permission`` is what one needs to look at its items.
    """

    slug: str
    doing: str
    noun: str
    permission: str

    def item(self, key: object) -> str:
        """The name of the item with this key."""
        return f"{self.noun} {key}"[:120]


class StageDown(PaperpostError):  # noqa: N818 - it says what is
    """Everything that a stage tried failed in the same way: no item is to blame.

    ``stage`` is its slug; ``reason`` is what they have in common.
    """

    transient = True
    stage: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Failure:
    item: str
    reason: str
    owner: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    likeness: tuple[object, ...] = ()


def by_id(item: Any) -> object:
    """What names an item among its like: its primary key, if it is a row."""
    return getattr(item, "pk", item)


def of_nobody(_: object) -> str:
    """The owner of what belongs to no person."""
    return ""


def without_content(_: object) -> dict[str, Any]:
    """The content of what stands in a table of its own."""
    return {}


@dataclass(frozen=True, slots=True)
class ItemKind:
    """What a run calls its items.

    ``key`` names an item among its like and ``owner`` whose it is ("reader 44"), so that both go together;
    ``content`` is what it takes to try an item again that stands in no table.
    """

    key: Callable[[Any], object] = by_id
    owner: Callable[[Any], str] = of_nobody
    content: Callable[[Any], dict[str, Any]] = without_content


@dataclass(frozen=True, slots=True)
class RunRules:
    """What a run does with the rows of what was set aside.

    A stage whose own table says what is tried and when ``leaves_alone`` nothing. One step of several
    ``clears`` nothing, because an item that passes it may fail at the next; where nothing clears a row,
    whoever tries the item again has to. A rehearsal ``keeps`` nothing. A step that ``writes`` nothing to the
    database needs no savepoint.
    """

    leaves_alone: bool = True
    clears: bool = True
    keeps: bool = True
    writes: bool = True


class Isolation:
    """One run of a stage over its items, as :func:`isolating` makes it."""

    def __init__(
        self,
        stage: Stage,
        *,
        now: datetime,
        items: ItemKind | None = None,
        rules: RunRules | None = None,
    ) -> None:
        self.stage = stage
        self.set_aside: list[str] = []  # the reasons, each with its item, for a report
        self.failed_items: list[tuple[Any, str]] = []  # with the reasons
        self._now = now
        self._items, self._rules = items or ItemKind(), rules or RunRules()
        reads_rows = self._rules.leaves_alone or self._rules.clears
        rows = SetAside.objects.filter(stage=stage.slug) if reads_rows else SetAside.objects.none()
        self._rows = {
            item: (state, retry_at, reason)
            for item, state, retry_at, reason in rows.values_list("item", "state", "retry_at", "reason")
        }
        self._failures: list[_Failure] = []
        self._done: set[str] = set()  # of those that had a row
        self.has_done = False  # whether anything went well

    def wanted(self, items: Iterable[Item]) -> list[Item]:
        """Those of ``items`` that are not to be left alone now."""
        if not self._rows or not self._rules.leaves_alone:
            return list(items)
        return [item for item in items if not self._is_left_alone(item)]

    def _is_left_alone(self, item: object) -> bool:
        state, retry_at, _ = self._rows.get(self.stage.item(self._items.key(item)), ("", None, ""))
        if state == SetAside.State.DROPPED:
            return True
        return retry_at is not None and retry_at > self._now

    # -- doing ---------------------------------------------------------------------------------------------

    def one(self, item: Item, act: Callable[[Item], Result]) -> Result | None:
        """What ``act`` gives for ``item``, even if it is to be left alone; None if it is set aside."""
        try:
            with self._savepoint():
                result = act(item)
        except Exception as error:  # noqa: BLE001 - whatever one item raises, the next one is tried
            self.failed(item, error)
            return None
        self.succeeded([item])
        return result

    def each(self, items: Iterable[Item], act: Callable[[Item], Result | None]) -> Iterator[Result]:
        """What ``act`` gives, where it is not None, for each item; what it cannot do is set aside."""
        for item in items:
            if self.wanted([item]) and (result := self.one(item, act)) is not None:
                yield result

    def together(self, items: Sequence[Item], act: Callable[[Sequence[Item]], Result]) -> list[Result]:
        """``act`` on all of ``items`` at once; if that fails, on halves, down to the items at fault.

        ``act`` must leave nothing behind when it raises. One result for each part that went well: in the good
        case that is one.
        """
        wanted = self.wanted(items)
        return self._together(wanted, act) if wanted else []

    def _together(self, items: Sequence[Item], act: Callable[[Sequence[Item]], Result]) -> list[Result]:
        try:
            with self._savepoint():
                result = act(items)
        except Exception as error:  # noqa: BLE001 - it is passed on where no item is at fault
            if len(items) == 1:
                self.failed(items[0], error)
                return []
            raise_if_no_items_fault(error)
        else:
            self.succeeded(items)
            return [result]
        half = len(items) // 2
        return [*self._together(items[:half], act), *self._together(items[half:], act)]

    def _savepoint(self) -> AbstractContextManager[object]:
        """A savepoint inside a transaction, so that a failed statement does not abort it; else nothing."""
        is_needed = self._rules.writes and connection.in_atomic_block
        return transaction.atomic() if is_needed else nullcontext()

    # -- results ---------------------------------------------------------------------------------------

    def succeeded(self, items: Iterable[object]) -> None:
        """``items`` are done: what was set aside of them is over."""
        self.has_done = True
        if self._rows:
            self._done.update({self.stage.item(self._items.key(item)) for item in items} & self._rows.keys())

    def failed(self, item: object, error: Exception) -> None:
        """``item`` could not be done. Raises ``error`` again if that is no item's fault, or StageDown."""
        raise_if_no_items_fault(error)
        name, reason = self.stage.item(self._items.key(item)), reason_of(error)
        if self._rows.get(name, ("", None, ""))[2] == reason:
            logger.info("%s: %s failed again: %s", self.stage.slug, name, reason)
        else:
            logger.error("%s: %s is set aside: %s", self.stage.slug, name, reason, exc_info=error)
        self.failed_items.append((item, reason))
        owner, content = self._items.owner(item), self._items.content(item)
        self._failures.append(_Failure(name, reason, owner, content, _likeness(error)))
        if len(self._failures) >= ENOUGH_TO_BLAME_THE_STAGE:
            self.refuse_to_blame_items()

    @property
    def is_down(self) -> bool:
        """Whether everything so far failed in the same way."""
        alike = {failure.likeness for failure in self._failures}
        return not self.has_done and len(self._failures) >= FEWEST_TO_BLAME_THE_STAGE and len(alike) == 1

    def refuse_to_blame_items(self) -> None:
        """Raise StageDown if everything so far failed alike: before a transaction commits that shall not."""
        if not self.is_down:
            return
        reason, self._failures = self._failures[0].reason, []
        raise StageDown(
            f"{self.stage.doing.capitalize()} fails for every {self.stage.noun} in the same way, so none is "
            f"set aside and all stay wanted. {reason}",
            stage=self.stage.slug,
            reason=reason,
        )

    def tell_that_it_is_down(self, error: StageDown) -> None:
        """Show at the desk that this stage is down; not within a transaction that ``error`` takes back."""
        if self._rules.keeps and error.stage == self.stage.slug:
            put_aside(self.stage, "", reason=error.reason, now=self._now)

    def take_failed(self) -> list[tuple[Any, str]]:
        """The items that failed since this was asked, each with the reason."""
        failed, self.failed_items = self.failed_items, []
        return failed

    def close(self) -> None:
        """Store what this run found out. May raise StageDown."""
        self.refuse_to_blame_items()
        failures, self._failures = self._failures, []
        self.set_aside += [f"{failure.item} is set aside: {failure.reason}" for failure in failures]
        if not self._rules.keeps:
            return
        for failure in failures:
            _put_aside(self.stage, failure, now=self._now)
        over = self._done | ({""} if self.has_done and "" in self._rows else set())
        if over:
            SetAside.objects.filter(stage=self.stage.slug, item__in=over).delete()


@contextmanager
def isolating(
    stage: Stage,
    *,
    now: datetime,
    items: ItemKind | None = None,
    keeps: bool = True,
) -> Iterator[Isolation]:
    """A run of ``stage``: one query where nothing is set aside, and none for an item that goes well.

    A rehearsal ``keeps`` nothing. Raises :class:`StageDown`, and whatever is no item's fault.
    """
    run = Isolation(stage, now=now, items=items, rules=RunRules(keeps=keeps))
    try:
        try:
            yield run
        except StageDown:
            raise
        except Exception as error:
            if run.has_done and not isinstance(error, DatabaseError):
                run.close()
            raise
        run.close()
    except StageDown as error:
        run.tell_that_it_is_down(error)
        raise


def put_aside(stage: Stage, item: str, *, reason: str, now: datetime, owner: str = "") -> None:
    """Note that ``item`` failed at ``now``, once more.

    It is called what :meth:`Stage.item` calls it; "" stands for all of the stage.
    """
    _put_aside(stage, _Failure(item, reason, owner), now=now)


def _put_aside(stage: Stage, failure: _Failure, *, now: datetime) -> None:
    item = failure.item
    rows = SetAside.objects.filter(stage=stage.slug, item=item)
    values: dict[str, Any] = {"reason": storable(failure.reason), "last_at": now}
    for _ in range(2):
        row = rows.values_list("count", flat=True).first()
        values["retry_at"] = None if item == "" else now + pause_after(row or 0)
        if row is not None:
            rows.update(count=F("count") + 1, **values)
            return
        try:
            with transaction.atomic():
                rows.create(
                    stage=stage.slug,
                    item=item,
                    owner=failure.owner,
                    content=failure.content,
                    first_at=now,
                    **values,
                )
        except IntegrityError:
            continue  # another process set it aside at the same moment
        return


def pause_after(failures: int) -> timedelta:
    """How long an item is left alone that had failed so often before."""
    return BACKOFF.delay(failures + 1)


def raise_if_no_items_fault(error: Exception) -> None:
    """Raise ``error`` again where the database, the broker or a server is to blame, not the item."""
    if isinstance(error, NO_ITEMS_FAULT) or (isinstance(error, PaperpostError) and error.transient):
        raise error


def reason_of(error: Exception) -> str:
    """One line that says what went wrong, without anybody's address."""
    text = " ".join(str(error).split())
    if not isinstance(error, PaperpostError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return storable(text)


def storable(reason: str) -> str:
    """``reason`` without characters that a database refuses and without email addresses, cut to fit."""
    return _UNSTORABLE.sub("\ufffd", _ADDRESS.sub("<address>", reason[:2000]))[:LONGEST_REASON]


def _likeness(error: Exception) -> tuple[object, ...]:
    """What two errors have in common that come from one cause: their kind, and where they were raised."""
    frames = extract_tb(error.__traceback__)
    return (type(error), *((frames[-1].filename, frames[-1].lineno) if frames else ()))
