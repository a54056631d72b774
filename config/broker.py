"""How workers and beat survive a broker that stops: they reconnect until it answers, and go on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery.app.amqp import AMQP
from kombu import Connection
from kombu.transport import redis
from typing_extensions import override

LONGEST_PAUSE = 5  # seconds between two attempts to reconnect; kombu's 30 are longer than most restarts
_LOST: tuple[type[BaseException], ...] = (*redis.Transport.connection_errors, AttributeError)
logger = logging.getLogger(__name__)


class LenientQoS(redis.QoS):
    """Acknowledges and restores messages as kombu does, but does not fail while the connection is lost.

    kombu (5.7) restores unacknowledged messages over the connection that has just been lost. That raises
    while channels are being closed: the channels after it stay open, and once their connection has no address
    any more, each later use of them, by an acknowledgement or the garbage collector, raises ``AttributeError:
    'NoneType' object has no attribute 'hostname'``, which nothing handles. Depending on the moment the worker
    ends, or receives nothing any more. Here a message that cannot be restored is left to the broker's
    visibility time-out and to the next tick, which finds its work in the database.
    """

    @override
    def restore_unacked(self, client: Any = None) -> None:
        with self._tolerating_loss("restored"):
            super().restore_unacked(client)
        if self._delivered:
            self._delivered.clear()

    @override
    def ack(self, delivery_tag: str) -> None:
        with self._tolerating_loss("acknowledged"):
            super().ack(delivery_tag)

    @override
    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        with self._tolerating_loss("rejected"):
            super().reject(delivery_tag, requeue=requeue)

    @contextmanager
    def _tolerating_loss(self, what: str) -> Iterator[None]:
        try:
            yield
        except _LOST as error:
            if isinstance(error, AttributeError) and not self.channel.closed:
                raise  # another fault: only a closed channel has lost its address
            logger.warning("A message could not be %s, because the broker does not answer: %s", what, error)


class PatientConnection(Connection):
    """Reconnects every few seconds, for as long as it takes."""

    @override
    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        pauses = {"interval_start": 1, "interval_step": 1, "interval_max": LONGEST_PAUSE}
        return super().ensure_connection(*args, **(kwargs | pauses))


class PatientAMQP(AMQP):
    """Celery's AMQP with connections that reconnect."""

    Connection = PatientConnection


def install() -> None:
    """From now on every channel of this process to a Redis or Valkey uses :class:`LenientQoS`."""
    redis.Channel.QoS = LenientQoS
