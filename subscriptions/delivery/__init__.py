"""Digests from the queue to the mail server: enqueue, claim, send, settle, sweep.

What is promised of each digest, and why that holds when a sender, a broker or a machine dies, stands in
:mod:`subscriptions.delivery.promise`.
"""

from subscriptions.delivery.audience import enqueue
from subscriptions.delivery.drafting import clear_drafting_alarm
from subscriptions.delivery.ledger import claim, settle, start, sweep
from subscriptions.delivery.sender import SendSetup, send
from subscriptions.delivery.sending import SendRun

__all__ = [
    "SendRun",
    "SendSetup",
    "claim",
    "clear_drafting_alarm",
    "enqueue",
    "send",
    "settle",
    "start",
    "sweep",
]
