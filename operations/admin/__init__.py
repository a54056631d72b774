"""The operator's part of the desk."""

from operations.admin import alarms

__all__ = ["alarms"]
