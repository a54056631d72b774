"""The composition root: settings, URLs and the engine. It imports the apps; nothing imports it."""

import gc

from config.celery import app as celery_app
from config.logs import keep_tokens_out

__all__ = ["celery_app"]

# A batch makes tens of thousands of objects, none of them garbage in cycles. At Python's own threshold of 700
# a third of the time goes into looking through them again and again.
gc.set_threshold(20_000, 20, 20)

keep_tokens_out()
