"""All rows of the operations."""

from operations.models.alarms import Alarm
from operations.models.backups import Backup
from operations.models.gauge_counts import GaugeCount
from operations.models.heartbeats import Heartbeat
from operations.models.tallies import EventTally

__all__ = ["Alarm", "Backup", "EventTally", "GaugeCount", "Heartbeat"]
