"""Where a channel's messages go, out of its row: the one reader of its secrets."""

from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from newsletter.channels.posts import Place
from newsletter.models import Channel
from newsletter.models.states import ChannelService

SHORTEST_SECRET = 6  # characters: shorter parts of an address say nothing


def place_of(channel: Channel) -> Place:
    """The place of ``channel``; of Telegram the address is the operator's (``TELEGRAM_API_URL``)."""
    is_telegram = channel.service == ChannelService.TELEGRAM
    address = settings.TELEGRAM_API_URL if is_telegram else channel.address
    return Place(address, channel.secret, channel.target)


def secrets_of(channel: Channel) -> tuple[str, ...]:
    """What of the row must stand in no error: the address, what in it is secret, and the secret."""
    try:
        parts = urlsplit(channel.address)
        pieces = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query)), parts.query]
    except ValueError:
        pieces = []
    secrets = {channel.address, channel.secret, *pieces}
    return tuple(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)
