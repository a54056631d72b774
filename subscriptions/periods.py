"""How long what is kept is kept: the one table that pruning, the privacy page and the documents read.

What is not named here stays: votes, saved papers and consent for as long as their reader, suppressions for
good, papers and what is public of them.
"""

from dataclasses import dataclass

from django.conf import settings

LONGEST_LOOK_BACK = 90
"""Days. Nobody who chooses, learns or judges looks further back into deliveries than this and
``MAX_EDITION_AGE``: so nothing is sent twice because a delivery was let go."""
MARGIN = 31
"""Days by which deliveries outlast the oldest edition that is still sent: digests that failed may be sent
again by hand for so long, and readers' days are not those of the server."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Days for which each kind of row or file is kept."""

    deliveries: int
    """Digests with their papers, and what came back of them."""
    model_calls: int
    """Questions to the model and its answers; what summaries say is kept with the papers."""
    mails: int
    """Mails of the bounce mailbox that were read or set aside, and what was caught in place of being sent."""
    logs: int
    """Log files that were rotated."""
    failed_logins: int = 30
    logins: int = 90
    """Of staff; for so long a network is known as somebody's own (newsletter.desk.logins)."""
    desk_log: int = 365
    """What was done at the desk, and by whom."""
    reports: int = 180
    """What somebody said is wrong with a statement, once it is settled."""
    unconfirmed: int = 14
    """Who never pressed the button of the first mail."""
    set_aside: int = 90
    """What could not be done and was dropped, or has not failed again since."""
    pictures: int = 90
    """Pictures of papers that no page shows."""
    alarms: int = 365
    """What the operator was told, once it is over."""
    channel_posts: int = 365
    drafts: int = 14
    """Texts that were typed at the desk and not saved."""


def current_periods() -> Periods:
    """The periods by the present settings."""
    return Periods(
        deliveries=max(settings.KEEP_DELIVERIES_DAYS, settings.MAX_EDITION_AGE + MARGIN),
        model_calls=settings.KEEP_MODEL_CALLS_DAYS,
        mails=settings.KEEP_MAILS_DAYS,
        logs=settings.KEEP_LOGS_DAYS,
    )
