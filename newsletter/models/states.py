"""The states and kinds of the content's rows; the database refuses any other."""

from django.db import models


class IntakeState(models.TextChoices):
    """How a source's day ended."""

    DONE = "done", "done"
    EMPTY = "empty", "nothing was announced"
    FAILED = "failed", "failed"


class SummaryState(models.TextChoices):
    """How far a summary is; only READY reaches readers."""

    WANTED = "wanted", "wanted"
    CLAIMED = "claimed", "being written"
    READY = "ready", "ready"
    HELD = "held", "held for an editor"
    FAILED = "failed", "failed"


class SummaryAuthor(models.TextChoices):
    """Whose words a summary holds."""

    MODEL = "model", "model"
    EDITOR = "editor", "editor"
    EXTRACT = "extract", "extract of the abstract"


class EditionState(models.TextChoices):
    """How far an edition is; readers get APPROVED and FROZEN ones."""

    DRAFT = "draft", "draft"
    HELD = "held", "held by an editor"
    APPROVED = "approved", "approved"
    FROZEN = "frozen", "frozen: it is being sent"


class Source(models.TextChoices):
    """Where papers come from."""

    ARXIV = "arxiv", "arXiv"
    HUGGINGFACE = "huggingface", "Hugging Face"


class AnnouncementKind(models.TextChoices):
    """How a paper stood on a list: arXiv's kinds of announcement, or a daily list."""

    NEW = "new", "new"
    CROSS = "cross", "cross-list"
    REPLACE = "replace", "replacement"
    REPLACE_CROSS = "replace-cross", "replacement of a cross-list"
    DAILY = "daily", "daily list"

    @classmethod
    def news(cls) -> tuple[str, ...]:
        """The kinds that bring a paper to readers for the first time."""
        return cls.NEW, cls.CROSS, cls.DAILY


class WantedState(models.TextChoices):
    """How far a paper is that somebody named and that is not here; gone once it is."""

    WANTED = "wanted", "wanted"
    MISSING = "missing", "arXiv does not have it"


class CorrectionState(models.TextChoices):
    """How far a correction is on its way to the readers who had what it is about."""

    DRAFT = "draft", "not confirmed"
    CONFIRMED = "confirmed", "confirmed: its readers are looked for"
    GATHERED = "gathered", "confirmed: its readers are known"


class CorrectionKind(models.TextChoices):
    """What a correction says."""

    STATEMENT = "statement", "a statement was wrong"
    RECALL = "recall", "the paper is recalled"


class ChannelService(models.TextChoices):
    """Where a channel posts to."""

    SLACK = "slack", "Slack"
    DISCORD = "discord", "Discord"
    TEAMS = "teams", "Microsoft Teams"
    TELEGRAM = "telegram", "Telegram"
    MATRIX = "matrix", "Matrix"
    MATTERMOST = "mattermost", "Mattermost"
    FEISHU = "feishu", "Feishu / Lark"
    WEBHOOK = "webhook", "plain webhook"


class ChannelForm(models.TextChoices):
    """How much a channel says of each paper."""

    HEADLINES = "headlines", "headlines alone"
    STANDARD = "standard", "headline and one sentence"
    FULL = "full", "with the key takeaways"


class PostState(models.TextChoices):
    """How far a channel's post of a day is."""

    QUEUED = "queued", "queued"
    CLAIMED = "claimed", "claimed"
    SENDING = "sending", "being sent"
    SENT = "sent", "sent"
    DEFERRED = "deferred", "waiting for another try"
    FAILED = "failed", "failed"
    UNCERTAIN = "uncertain", "uncertain"
    SKIPPED = "skipped", "skipped"
