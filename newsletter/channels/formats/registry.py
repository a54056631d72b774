"""The services by their slugs. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from newsletter.channels.formats.base import Service
from newsletter.channels.formats.discord import Discord
from newsletter.channels.formats.feishu import Feishu
from newsletter.channels.formats.matrix import Matrix
from newsletter.channels.formats.mattermost import Mattermost
from newsletter.channels.formats.slack import Slack
from newsletter.channels.formats.teams import Teams
from newsletter.channels.formats.telegram import Telegram
from newsletter.channels.formats.webhook import Webhook

SERVICES: Final[Mapping[str, Service]] = MappingProxyType(
    {
        "slack": Slack(),
        "discord": Discord(),
        "teams": Teams(),
        "telegram": Telegram(),
        "matrix": Matrix(),
        "mattermost": Mattermost(),
        "feishu": Feishu(),
        "webhook": Webhook(),
    }
)


def service_of(slug: str) -> Service:
    """The service with this slug. Raises KeyError for one that is not known."""
    return SERVICES[slug]
