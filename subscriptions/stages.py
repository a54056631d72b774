"""The stages that go through readers, their deliveries and what comes back, as the desk names them."""

from newsletter import stages
from newsletter.set_aside import Stage

_READERS, _DELIVERIES = "subscriptions.view_subscriber", "subscriptions.view_delivery"

SIGN_UPS = Stage("sign-ups", "receiving sign-ups", "sign-up", _READERS)
WAKING = Stage("wake", "ending pauses", "reader", _READERS)
FORGETTING = Stage("forget", "forgetting who never confirmed", "reader", _READERS)
DEMAND = Stage("demand", "counting readers", "language", _READERS)
NEEDS = Stage("needs", "counting which summaries readers need", "paper and language", _READERS)
CHOOSING = Stage("choose", "choosing digests", "reader", _READERS)
TASTES = Stage("tastes", "learning from votes", "reader", _READERS)
ZONES = Stage("zones", "telling the time", "reader", _READERS)
MESSAGES = Stage("messages", "making messages", "delivery", _DELIVERIES)
SWEEPING = Stage("sweep", "sweeping the ledger", "lease", _DELIVERIES)
MAILS = Stage("mails", "reading what came back", "mail", _DELIVERIES)
WISHES = Stage("wishes", "answering who wants to leave", "mail", _DELIVERIES)
EVENTS = Stage("events", "recording what came back", "event", _DELIVERIES)
ROWS = Stage("rows", "reading lists of readers", "row", _READERS)
LIKES = Stage("likes", "counting papers that readers brought along", "list", _READERS)
CORRECTIONS = Stage("corrections", "looking for readers of corrections", "correction", _DELIVERIES)
CORRECTION_MAILS = Stage("correction-mails", "sending corrections", "correction's mail", _READERS)
EXPORTING = Stage("export", "exporting readers", "reader", _READERS)
PRUNING = Stage("prune", "letting go of old rows", "old row", _DELIVERIES)

STAGES = (
    *(
        SIGN_UPS,
        WAKING,
        FORGETTING,
        DEMAND,
        NEEDS,
        CHOOSING,
        TASTES,
        ZONES,
        MESSAGES,
        SWEEPING,
        MAILS,
        WISHES,
        EVENTS,
    ),
    *(ROWS, LIKES, CORRECTIONS, CORRECTION_MAILS, EXPORTING, PRUNING),
    *stages.STAGES,
)
BY_SLUG = {stage.slug: stage for stage in STAGES}


def reader(subscriber_id: int) -> str:
    """How a reader is named as an item, and as the owner of items."""
    return CHOOSING.item(subscriber_id)
