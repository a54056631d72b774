"""The rows of the people: subscribers and their wishes, consent, deliveries and what came back.

Invariants live in the database and have names. Addresses stand in ``Subscriber`` and nowhere else; what has
to outlive an erased person (a suppression) is a keyed hash.
"""

from subscriptions.models.corrections import OwedCorrection, OwedCorrectionQuerySet
from subscriptions.models.deliveries import DayHold, Delivery, DeliveryQuerySet, SendingHold, SendingPace
from subscriptions.models.doubts import DoubtfulDigest
from subscriptions.models.events import DeliveryEvent
from subscriptions.models.replays import RankingReplay
from subscriptions.models.saved import FollowedPaper, ReadingList, SavedPaper
from subscriptions.models.subscribers import (
    ConsentEvent,
    OwedNotice,
    SignUp,
    Subscriber,
    SubscriberQuerySet,
    Subscription,
    Vote,
)
from subscriptions.models.suppressions import (
    Departure,
    LiftedSuppression,
    Suppression,
    SuppressionQuerySet,
    UnwrittenWish,
)
from subscriptions.models.taste_imports import ImportedLike, TasteImport
from subscriptions.models.tastes import Taste, TasteOverride

__all__ = [
    "ConsentEvent",
    "DayHold",
    "Delivery",
    "DeliveryEvent",
    "DeliveryQuerySet",
    "Departure",
    "DoubtfulDigest",
    "FollowedPaper",
    "ImportedLike",
    "LiftedSuppression",
    "OwedCorrection",
    "OwedCorrectionQuerySet",
    "OwedNotice",
    "RankingReplay",
    "ReadingList",
    "SavedPaper",
    "SendingHold",
    "SendingPace",
    "SignUp",
    "Subscriber",
    "SubscriberQuerySet",
    "Subscription",
    "Suppression",
    "SuppressionQuerySet",
    "Taste",
    "TasteImport",
    "TasteOverride",
    "UnwrittenWish",
    "Vote",
]
