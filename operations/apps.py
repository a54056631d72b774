"""The app as Django loads it."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """What the operator of Paperpost has to know and to keep."""

    name = "operations"
