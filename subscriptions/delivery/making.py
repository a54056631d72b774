"""The messages of a batch: what one row spoils, spoils no other's; what spoils all is no row's fault."""

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar, cast

from newsletter.models import SetAside
from newsletter.set_aside import Isolation, StageDown
from subscriptions import stages
from subscriptions.models import Delivery

Message = TypeVar("Message")
Letter = TypeVar("Letter")


class Making:
    """How the messages of one lease fare; every method may raise :class:`~newsletter.set_aside.StageDown`.

    A message is made in two steps, what it says and its bytes, and either can be what fails for everybody.
    """

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._drafting, self._joining = self._isolation(), self._isolation()

    def _isolation(self) -> Isolation:
        # The ledger says which rows are tried; whoever queues a failed one again takes it up from the desk.
        return Isolation(
            stages.MESSAGES,
            now=self._now,
            owner=lambda row: stages.reader(row.subscriber_id),
            leaves_alone=False,
            clears=False,
            writes=False,
        )

    def drafts(
        self, build: Callable[..., Mapping[int, Message]], rows: Sequence[Delivery]
    ) -> tuple[Mapping[int, Message], list[tuple[Delivery, str]]]:
        """What ``build`` makes of ``rows``; and the rows of which it can make nothing, with the reasons."""
        try:
            parts = self._drafting.together(rows, partial(build, now=self._now))
            self._drafting.close()
        except StageDown as error:
            self._drafting.tell_that_it_is_down(error)
            raise
        # Only looked up in: the type asks for maps that can be written to.
        drafts = ChainMap(*[cast("dict[int, Message]", part) for part in parts])
        return parts[0] if len(parts) == 1 else drafts, self._drafting.failed_items

    def letter(self, make: Callable[[Delivery], Letter], row: Delivery) -> Letter | str:
        """What ``make`` makes of ``row``; or why it cannot."""
        try:
            letter = make(row)
        except Exception as error:  # noqa: BLE001 - whatever one message raises, the next one is made
            self._joining.failed(row, error)
            return self._joining.failed_items[-1][1]
        self._joining.succeeded((row,))
        return letter

    @property
    def has_joined(self) -> bool:
        """Whether there is a message whose bytes could be made."""
        return self._joining.has_done

    @property
    def is_down(self) -> bool:
        """Whether no message's bytes can be made, for one reason."""
        return self._joining.is_down

    def close(self) -> None:
        """All that could be made is made: tell the desk of the others."""
        try:
            self._joining.close()
        except StageDown as error:
            self._joining.tell_that_it_is_down(error)
            raise


def tell_that_messages_are_made() -> None:
    """The desk need not worry any more: messages are made."""
    SetAside.objects.filter(stage=stages.MESSAGES.slug, item="").delete()
