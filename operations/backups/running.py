"""Whether Paperpost runs on a database: what replaces or moves its rows has to know."""

from datetime import timedelta

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from operations import heartbeats
from operations.models import Heartbeat
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryState


def silence() -> timedelta:
    """How long nothing may have given a sign of life, so that nothing runs."""
    return timedelta(seconds=2 * settings.TICK_SECONDS)


def is_running(alias: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether anything gave a sign of life lately, or somebody may be sending now; no web process does.

    A database without the tables that would say so, such as a new one, has nobody.
    """
    connection, now = connections[alias], timezone.now()
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        deliveries = Delivery._meta.db_table
        columns = (
            {column.name for column in connection.introspection.get_table_description(cursor, deliveries)}
            if deliveries in tables
            else set()
        )
    if Heartbeat._meta.db_table in tables:
        signs = (heartbeats.last_beat(), heartbeats.last_watch(), *heartbeats.queue_beats().values())
        if any(at is not None and now - at < silence() for at in signs):
            return True
    if not {"state", "lease_until"} <= columns:
        return False
    in_flight = Delivery.objects.using(alias).filter(state__in=(DeliveryState.CLAIMED, DeliveryState.SENDING))
    return in_flight.filter(lease_until__gt=now).exists()
