"""The messages of a batch: what one row spoils, spoils no other's; what spoils all is no row's fault."""

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar, cast

from newsletter.models import SetAside
from newsletter.set_aside import Isolation, ItemKind, RunRules, StageDown
from subscriptions import stages
from subscriptions.models import Delivery

Draft = TypeVar("Draft")
Assembled = TypeVar("Assembled")


class Drafting:
    """How the messages of one lease fare; every method may raise :class:`~newsletter.set_aside.StageDown`.

    A message is made in two steps, what it says and its bytes, and either can be what fails for everybody.
    """

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._drafting, self._assembling = self._isolation(), self._isolation()

    def _isolation(self) -> Isolation:
        # The ledger says which rows are tried; whoever queues a failed one again takes it up from the desk.
        return Isolation(
            stages.MESSAGES,
            now=self._now,
            items=ItemKind(owner=lambda row: stages.reader(row.subscriber_id)),
            rules=RunRules(leaves_alone=False, clears=False, writes=False),
        )

    def drafts(
        self, build: Callable[..., Mapping[int, Draft]], rows: Sequence[Delivery]
    ) -> tuple[Mapping[int, Draft], list[tuple[Delivery, str]]]:
        """What ``build`` makes of ``rows``; and the rows of which it can make nothing, with the reasons."""
        try:
            parts = self._drafting.together(rows, partial(build, now=self._now))
            self._drafting.close()
        except StageDown as error:
            self._drafting.tell_that_it_is_down(error)
            raise
        # Only looked up in: the type asks for maps that can be written to.
        drafts = ChainMap(*[cast("dict[int, Draft]", part) for part in parts])
        return parts[0] if len(parts) == 1 else drafts, self._drafting.failed_items

    def assemble(self, make: Callable[[], Assembled], row: Delivery) -> Assembled | str:
        """What ``make`` gives for ``row``; or, as text, why it fails."""
        try:
            assembled = make()
        except Exception as error:  # noqa: BLE001 - whatever one message raises, the next one is made
            self._assembling.failed(row, error)
            return self._assembling.failed_items[-1][1]
        self._assembling.succeeded((row,))
        return assembled

    @property
    def has_assembled(self) -> bool:
        """Whether there is a message whose bytes could be made."""
        return self._assembling.has_done

    @property
    def is_down(self) -> bool:
        """Whether no message's bytes can be made, for one reason."""
        return self._assembling.is_down

    def close(self) -> None:
        """All that could be made is made: tell the desk of the others."""
        try:
            self._assembling.close()
        except StageDown as error:
            self._assembling.tell_that_it_is_down(error)
            raise


def clear_drafting_alarm() -> None:
    """The desk need not worry any more: messages are made."""
    SetAside.objects.filter(stage=stages.MESSAGES.slug, item="").delete()
