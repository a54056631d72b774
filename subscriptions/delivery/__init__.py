"""The ledger of who was sent what: enqueue, claim, send, settle, sweep.

``Delivery`` has one row for a reader and a day; the database refuses a second. Every change of its state is a
conditional UPDATE, so that of two that try the same change one succeeds and the other sees that it did not.

The promise
===========
At most once (``DELIVERY_PROMISE=at-most-once``, the default): no reader gets two mails for a day, whatever
dies at whatever moment. What cannot be known is what the row says, ``uncertain``: never more than one for
each sender that died (one call, where a mail service takes several messages in one), or one batch if its
mark was lost in the same moment. At least once (``at-least-once``): what is uncertain is sent again under the
same Message-ID.

Why it holds
============
1. A row is sent only by the holder of its lease. A claim gives a lease by conditional UPDATE (PostgreSQL
   locks the rows with SKIP LOCKED, SQLite has one writer) and COMMITS before the first byte leaves.
2. Before the body of message *n* leaves, the holder writes the mark "at *n*" under its lease, and goes on
   only if the mark was there to be overwritten. Messages of a batch are sent in the order of their ids. So a
   mark says of every row: before *n*, the server answered (what it did not accept is listed in the mark); *n*
   is in doubt; after *n*, not a byte of a body was sent.
3. A sweeper that finds an expired lease first takes the mark away, in one atomic step. From then on the
   holder, if it is not dead but only slow, stopped, cut off or wrong about the time, fails at step 2 and
   stops. What the mark says is therefore final, and the sweeper settles by it: before *n* sent, *n*
   uncertain (or queued again, at least once), after *n* queued.
4. If the mark was lost while the holder lives, the holder sees that at the next message, asks the database
   whether the lease is still its own, prolongs it, and writes the whole mark again. If the mark was lost and
   the holder died, a copy of the mark in a file beside the holder tells; a lock on that file tells whether it
   really died. If that is gone too, every row of that lease that was being sent is in doubt.
5. SMTP itself leaves one gap: a connection that ends after the final dot and before the reply (RFC 5321,
   section 4.5.3.2.6; RFC 1047). Such a message is in doubt as well; nothing else is sent again without a
   reply that says it was not taken. The next message's envelope may travel behind this one's body
   (RFC 2920); its own body waits for step 2 like any other.
6. A holder that hears late that its message was accepted settles the row as sent, even if it had been swept
   to ``uncertain`` or ``queued``: evidence outlives the lease.
"""

from subscriptions.delivery.audience import enqueue
from subscriptions.delivery.ledger import claim, settle, start, sweep
from subscriptions.delivery.making import tell_that_messages_are_made
from subscriptions.delivery.sender import send
from subscriptions.delivery.sending import Shift

__all__ = [
    "Shift",
    "claim",
    "enqueue",
    "send",
    "settle",
    "start",
    "sweep",
    "tell_that_messages_are_made",
]
