"""The states and kinds of the people's rows; the database refuses any other."""

from django.db import models


class SubscriberState(models.TextChoices):
    PENDING = "pending", "waiting for confirmation"
    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    UNSUBSCRIBED = "unsubscribed", "unsubscribed"
    SUPPRESSED = "suppressed", "suppressed"


class Cadence(models.TextChoices):
    DAILY = "daily", "every day"
    WEEKDAYS = "weekdays", "on weekdays"
    WEEKLY = "weekly", "once a week"


class ConsentKind(models.TextChoices):
    SIGNED_UP = "signed-up", "signed up"
    CONFIRMED = "confirmed", "confirmed"
    CHANGED = "changed", "changed preferences"
    PAUSED = "paused", "paused"
    RESUMED = "resumed", "resumed"
    UNSUBSCRIBED = "unsubscribed", "unsubscribed"
    IMPORTED = "imported", "imported"
    SUPPRESSED = "suppressed", "suppressed"


class NoticeKind(models.TextChoices):
    CONFIRM = "confirm", "please confirm"
    ALREADY = "already", "you were already here"
    WELCOME = "welcome", "welcome"
    GOODBYE = "goodbye", "goodbye"
    MY_DATA = "my-data", "your link to your data"
    REACH_NEW_ADDRESS = "email-confirm", "is this your new address?"
    LEAVING = "leaving", "your link for unsubscribing"


class DeliveryState(models.TextChoices):
    QUEUED = "queued", "queued"
    CLAIMED = "claimed", "claimed"
    SENDING = "sending", "being sent"
    SENT = "sent", "sent"
    DEFERRED = "deferred", "deferred"
    FAILED = "failed", "failed"
    UNCERTAIN = "uncertain", "uncertain"
    SKIPPED = "skipped", "skipped"


class DeliveryReason(models.TextChoices):
    """What a row's reason is to the program; its sentence, ``reason``, is for people alone."""

    PLAIN = "", "no more than its sentence says"
    HAS_SLOT = "has-slot", "waits for its domain's turn"
    CAME_BACK = "came-back", "came back"
    UNMADE = "unmade", "no message could be made"


class HoldState(models.TextChoices):
    PAUSED = "paused", "paused"
    CANCELLED = "cancelled", "cancelled"


class DeliveryEventKind(models.TextChoices):
    HARD_BOUNCE = "hard", "hard bounce"
    SOFT_BOUNCE = "soft", "soft bounce"
    COMPLAINT = "complaint", "complaint"
    AUTO_REPLY = "auto-reply", "automatic reply"
    BLOCKED = "blocked", "refused for a reason of ours"
    ASKED = "asked", "asked by mail to be unsubscribed"


class EventStanding(models.TextChoices):
    CERTAIN = "certain", "certain"
    DOUBTFUL = "doubtful", "doubtful: acts when it comes again"
    UNPROVEN = "unproven", "not proven: nothing follows"


class SuppressionReason(models.TextChoices):
    BOUNCED = "bounced", "bounced"
    COMPLAINED = "complained", "complained"
    ERASED = "erased", "erased"
    OPERATOR = "operator", "by the operator"
