"""The services that channels post to, a file for each: its form, its limits, its answers."""

from newsletter.channels.formats.base import Field, Service
from newsletter.channels.formats.registry import SERVICES, service_of

__all__ = ["SERVICES", "Field", "Service", "service_of"]
