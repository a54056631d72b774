"""What workers and beat do when their broker dies: they wait for it and go on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery.app.amqp import AMQP
from kombu import Connection
from kombu.transport import redis

LONGEST_PAUSE = 5  # seconds between two attempts to connect again; kombu's half a minute outlasts a restart
_LOST: tuple[type[BaseException], ...] = (*redis.Transport.connection_errors, AttributeError)
logger = logging.getLogger(__name__)


class LenientQoS(redis.QoS):
    """Acknowledges and puts back where there is a connection, and never fails where there is none.

    kombu (5.7) puts unacknowledged messages back over the connection that has just been lost. That raises in
    the middle of closing: channels that come after stay open, and once their connection has let go of its
    address, each later use of them, by an acknowledgement or the garbage collector, ends in ``AttributeError:
    'NoneType' object has no attribute 'hostname'``, which nobody expects. Depending on the moment the worker
    ends, or hears nothing any more. Here what cannot be put back is left to the broker's visibility time-out
    and to the next tick, which finds in the database what has to be done.
    """

    def restore_unacked(self, client: Any = None) -> None:
        with self._without_failing("put back"):
            super().restore_unacked(client)
        if self._delivered:
            self._delivered.clear()

    def ack(self, delivery_tag: str) -> None:
        with self._without_failing("acknowledged"):
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        with self._without_failing("rejected"):
            super().reject(delivery_tag, requeue=requeue)

    @contextmanager
    def _without_failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except _LOST as error:
            if isinstance(error, AttributeError) and not self.channel.closed:
                raise  # a fault of another kind: only a closed channel has no address
            logger.warning("A message could not be %s, because the broker is away: %s", what, error)


class PatientConnection(Connection):
    """Tries to connect again every few seconds, for as long as it takes."""

    def ensure_connection(self, *given: Any, **named: Any) -> Any:
        pauses = {"interval_start": 1, "interval_step": 1, "interval_max": LONGEST_PAUSE}
        return super().ensure_connection(*given, **(named | pauses))


class PatientAMQP(AMQP):
    Connection = PatientConnection


def install() -> None:
    """Have every channel to a Redis or Valkey of this process treat its messages as :class:`LenientQoS`."""
    redis.Channel.QoS = LenientQoS
