"""The states and kinds of the people's rows; the database refuses any other."""

from django.db import models


class SubscriberState(models.TextChoices):
    """Whether a reader gets digests, and why not."""

    PENDING = "pending", "waiting for confirmation"
    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    UNSUBSCRIBED = "unsubscribed", "unsubscribed"
    SUPPRESSED = "suppressed", "suppressed"


class Cadence(models.TextChoices):
    """How often a reader gets a digest."""

    DAILY = "daily", "every day"
    WEEKDAYS = "weekdays", "on weekdays"
    WEEKLY = "weekly", "once a week"


class Layout(models.TextChoices):
    """How much room papers have in a reader's digest."""

    BRIEF = "brief", "brief: one sentence for each paper"
    STANDARD = "standard", "standard: one paper first, two more in full, the others in short"
    FULL = "full", "full: everything of every paper"


class TasteState(models.TextChoices):
    """Whether a reader's votes change the order of that reader's papers."""

    UNTOLD = "untold", "the reader was not told yet"
    ON = "on", "on"
    OFF = "off", "switched off by the reader"


class TasteKind(models.TextChoices):
    """What a reader can take out of what was learned, or want fewer of."""

    AUTHOR = "author", "author"
    TERM = "term", "word or pair of words"
    CATEGORY = "category", "category"
    TOPIC = "topic", "topic"


class TasteStance(models.TextChoices):
    """What a reader wants of it."""

    FORGET = "forget", "learn nothing from it"
    FEWER = "fewer", "fewer of it"


class ConsentKind(models.TextChoices):
    """What a reader, or an operator for a reader, did about consent."""

    SIGNED_UP = "signed-up", "signed up"
    CONFIRMED = "confirmed", "confirmed"
    CHANGED = "changed", "changed preferences"
    PAUSED = "paused", "paused"
    RESUMED = "resumed", "resumed"
    UNSUBSCRIBED = "unsubscribed", "unsubscribed"
    IMPORTED = "imported", "imported"
    SUPPRESSED = "suppressed", "suppressed"


class NoticeKind(models.TextChoices):
    """The mails beside digests, each about one event."""

    CONFIRM = "confirm", "please confirm"
    ALREADY = "already", "you were already here"
    WELCOME = "welcome", "welcome"
    GOODBYE = "goodbye", "goodbye"
    MY_DATA = "my-data", "your link to your data"
    REACH_NEW_ADDRESS = "email-confirm", "is this your new address?"
    LEAVING = "leaving", "your link for unsubscribing"


class DeliveryState(models.TextChoices):
    """How far a digest is on its way; :mod:`subscriptions.delivery` draws the steps."""

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
    """What an operator did to a day's sending."""

    PAUSED = "paused", "paused"
    RESUMED = "resumed", "resumed"
    CANCELLED = "cancelled", "cancelled"


class SendingHoldKind(models.TextChoices):
    """Why sending waits for a person's word."""

    BOUNCES = "bounces", "too many bounces"
    COMPLAINTS = "complaints", "too many complaints"
    RESTORED = "restored", "restored from a backup"


class DeliveryEventKind(models.TextChoices):
    """What came back for a mail."""

    HARD_BOUNCE = "hard", "hard bounce"
    SOFT_BOUNCE = "soft", "soft bounce"
    COMPLAINT = "complaint", "complaint"
    AUTO_REPLY = "auto-reply", "automatic reply"
    BLOCKED = "blocked", "refused for a reason of ours"
    ASKED = "asked", "asked by mail to be unsubscribed"


class EventStanding(models.TextChoices):
    """How far an event is proven, and so what follows from it."""

    CERTAIN = "certain", "certain"
    DOUBTFUL = "doubtful", "doubtful: acts when it comes again"
    UNPROVEN = "unproven", "not proven: nothing follows"


class SuppressionReason(models.TextChoices):
    """Why an address gets no mail at all."""

    BOUNCED = "bounced", "bounced"
    COMPLAINED = "complained", "complained"
    ERASED = "erased", "erased"
    OPERATOR = "operator", "by the operator"


class ImportedLikeState(models.TextChoices):
    """What became of a paper on a list that a reader brought along."""

    WAITING = "waiting", "waits for the paper"
    COUNTED = "counted", "counts as liked"
    MISSING = "missing", "cannot be had"


class CorrectionMailState(models.TextChoices):
    """What became of the mail of its own by which a reader is told of a correction."""

    NONE = "", "not asked for"
    OWED = "owed", "owed"
    SENDING = "sending", "being sent"
    SENT = "sent", "sent"
    UNCERTAIN = "uncertain", "uncertain"
    REFUSED = "refused", "refused for good"
