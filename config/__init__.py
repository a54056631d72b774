"""The composition root: settings, URLs, web server and Celery. It imports the apps; no app imports it."""

import gc

from config.celery import app as celery_app
from config.logs import install_masks

__all__ = ["celery_app"]

# A batch makes tens of thousands of objects, none of them in cycles. With Python's threshold of 700 the
# garbage collector takes a third of the time and finds nothing.
gc.set_threshold(20_000, 20, 20)

install_masks()
