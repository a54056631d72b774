"""All rows of the operations."""

from operations.models.alarms import Alarm
from operations.models.heartbeats import Heartbeat

__all__ = ["Alarm", "Heartbeat"]
