"""One row of a batch while it is being sent: its message, and what became of it until the ledger knows."""

from dataclasses import dataclass

from subscriptions.delivery.envelopes import Envelope
from subscriptions.delivery.promise import DeliveryOutcome
from subscriptions.models import Delivery


@dataclass(slots=True)
class BatchRow:
    """``delivery`` and all that a sender knows of it.

    ``envelope`` is there from the moment it is made until it was handed over: a batch's bytes are 50 MB.
    ``message_id`` and ``subject`` are those of the message. ``outcome`` is set where no message can be made
    or once the row's turn is over.
    """

    delivery: Delivery
    envelope: Envelope | None = None
    message_id: str = ""
    subject: str = ""
    outcome: DeliveryOutcome | None = None

    @property
    def id(self) -> int:
        """The row's key in the ledger; a batch is sent in the order of these."""
        return self.delivery.pk

    @property
    def recipient(self) -> str:
        """The reader's address."""
        return self.delivery.subscriber.email

    @property
    def domain(self) -> str:
        """The recipient's domain in lower case."""
        return self.recipient.rpartition("@")[2].lower()

    @property
    def is_prepared(self) -> bool:
        """Whether the row has its envelope, or is known to get none."""
        return self.envelope is not None or self.outcome is not None

    def finish(self, outcome: DeliveryOutcome) -> None:
        """The row's turn is over."""
        self.envelope = None
        self.outcome = outcome

    def forget_preparation(self) -> None:
        """Have the envelope made again, or not at all, when the row's turn comes."""
        self.envelope = self.outcome = None
