"""What is wrong with Paperpost, and how the operator is told: at the desk, by mail, and by a ping address.

Looking (:mod:`~operations.alarms.looking`) and telling (:mod:`~operations.alarms.telling`) need the database
and nothing else: no broker, no beat, no worker. ``manage.py watch`` does both each minute, and so does a
periodic task now and then, in case the watch itself is dead.
"""
