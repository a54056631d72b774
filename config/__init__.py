"""The composition root: settings, URLs and the engine. It imports the apps; nothing imports it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
