"""What a welcome says of the next digest."""

from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.rendering.phrases import phrases
from subscriptions.picks import Clock
from subscriptions.readers.clock import zone_of


def clock_of(moment: datetime, zone: str) -> Clock:
    """What the clock of a stored ``zone`` shows at ``moment``."""
    known = zone_of(zone)
    shown = moment.astimezone(known).replace(tzinfo=None)
    return Clock(shown.isoformat(timespec="minutes"), known.key)


def next_digest(clock: Clock, *, language: str, now: datetime) -> str:
    """When the next digest comes, in a sentence; nothing where that moment has passed."""
    zone: ZoneInfo = zone_of(clock.zone)
    moment = datetime.fromisoformat(clock.time).replace(tzinfo=zone)
    if moment <= now:
        return ""
    words = phrases(language)
    return words.say("welcome.next", **words.moment(moment))
