"""Stand-ins of services on this machine, and a day to post."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.newsletter.channels.standins import StandIn


@pytest.fixture
def stand_in(settings: Any) -> Iterator[Callable[[str], StandIn]]:
    """Starts stand-ins, which the operator allows on this machine."""
    with ExitStack() as stack:

        def start(service: str) -> StandIn:
            standin = stack.enter_context(StandIn(service))
            settings.CHANNEL_PRIVATE_HOSTS = [*settings.CHANNEL_PRIVATE_HOSTS, f"127.0.0.1:{standin.port}"]
            if service == "telegram":
                settings.TELEGRAM_API_URL = standin.base
            return standin

        yield start
