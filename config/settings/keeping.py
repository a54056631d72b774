"""How long what grows is kept, in days. ``manage.py prune`` and a daily task let go of what is older.

The other periods, which nobody needs to change, stand in :mod:`subscriptions.periods`.
"""

from config.settings.environment import whole_number

KEEP_DELIVERIES_DAYS = whole_number("KEEP_DELIVERIES_DAYS", 120, low=90, high=36_500)
KEEP_MODEL_CALLS_DAYS = whole_number("KEEP_MODEL_CALLS_DAYS", 60, low=7, high=36_500)
KEEP_MAILS_DAYS = whole_number("KEEP_MAILS_DAYS", 30, low=1, high=36_500)
KEEP_LOGS_DAYS = whole_number("KEEP_LOGS_DAYS", 30, low=1, high=36_500)
