"""A real SMTP server for tests that does what it is told: takes, refuses, puts off, hangs up.

It keeps a log of every message it ACCEPTED, written before its reply leaves: that log, not the sender's
belief, is what the tests compare. ``python -m tests.smtp_sink --port 2525 --log FILE`` runs it on its own.
"""

import argparse
import asyncio
import email.parser
import json
import logging
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells every command


@dataclass(frozen=True)
class Accepted:
    """A message that the server took: from here on it is the server's to deliver."""

    recipient: str
    sender: str
    message_id: str
    size: int
    was_told: bool = True  # False: the sender never heard that it was taken


@dataclass(frozen=True)
class Act:
    """What to do at a stage: answer ``reply`` (None: as usual), then hang up if ``close``.

    At the stage "data" with ``take``, the message is accepted whatever is answered or not answered.
    """

    reply: str | None = None
    close: bool = False
    take: bool = False


OK = Act()
LOSE_REPLY = Act(reply="", close=True, take=True)
HANG_UP = Act(reply="", close=True)
Play = Callable[[str, str], Act]


def always_ok(stage: str, address: str) -> Act:
    return OK


class SmtpSink:
    """Use as a context manager; ``play(stage, address)`` is asked at "mail", "rcpt" and "data".

    ``stop`` and ``start`` restart it on the same port; ``accepted`` and ``log`` live on. ``dialogue`` counts
    commands. ``extensions``: what EHLO offers besides aiosmtpd's SIZE, 8BITMIME and SMTPUTF8.
    """

    def __init__(
        self,
        *,
        play: Play = always_ok,
        port: int = 0,
        log: Path | None = None,
        extensions: tuple[str, ...] = ("PIPELINING",),
        keep_bodies: bool = True,
        pause: float = 0.0,
        **options: Any,
    ) -> None:
        self.play = play
        self.host = "127.0.0.1"
        self.port = port
        self.log = log
        self.extensions = extensions
        self.keep_bodies = keep_bodies
        self.pause = pause  # seconds that it takes to accept a message
        self.options = options
        self.accepted: list[Accepted] = []
        self.bodies: list[bytes] = []
        self.dialogue: Counter[str] = Counter()
        self._controller: Controller | None = None

    @property
    def recipients(self) -> Counter[str]:
        return Counter(message.recipient for message in self.accepted)

    def start(self) -> None:
        controller = _Controller(
            _Handler(self),
            hostname=self.host,
            port=self.port or _free_port(),
            ready_timeout=10,
            **{"enable_SMTPUTF8": True, "data_size_limit": 10_000_000, **self.options},
        )
        controller.start()
        self.port = controller.port
        self._controller = controller

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def withhold(self) -> None:
        """A whole message gets no reply."""
        if self.log is not None:
            with self.log.with_suffix(".withheld").open("ab") as file:
                file.write(b"x")

    def accept(self, envelope: Envelope, *, was_told: bool) -> None:
        content = bytes(envelope.original_content or b"")
        headers = email.parser.BytesHeaderParser().parsebytes(content[:20_000])
        for recipient in envelope.rcpt_tos:
            message = Accepted(
                recipient, envelope.mail_from or "", str(headers["Message-ID"] or ""), len(content), was_told
            )
            self.accepted.append(message)
            if self.keep_bodies:
                self.bodies.append(content)
            if self.log is not None:
                with self.log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(message)) + "\n")


def withheld(log: Path) -> int:
    """How many whole messages got no reply from the server that keeps ``log``, taken or not."""
    path = log.with_suffix(".withheld")
    return path.stat().st_size if path.exists() else 0


def read_log(path: Path) -> list[Accepted]:
    if not path.exists():
        return []
    return [Accepted(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Smtp(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd names it
        self.event_handler.sink.dialogue["DATA"] += 1
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Smtp(self.handler, **self.SMTP_kwargs)


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink

    async def handle_EHLO(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sink.dialogue["EHLO"] += 1
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{name}" for name in self.sink.extensions), responses[-1]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        act = self.sink.play("mail", address)
        if act.reply is None and not act.close:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self._answer(server, act, "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        act = self.sink.play("rcpt", address)
        if act.reply is None and not act.close:
            envelope.rcpt_tos.append(address)
        return self._answer(server, act, "250 OK")

    async def handle_DATA(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        act = self.sink.play("data", envelope.rcpt_tos[0])
        if act.close and not act.reply:
            self.sink.withhold()
        if act.take or (act.reply is None and not act.close):
            await asyncio.sleep(self.sink.pause)
            self.sink.accept(envelope, was_told=not act.close)
        return self._answer(server, act, "250 2.0.0 Ok: queued")

    def _answer(self, server: SMTP, act: Act, usual: str) -> str:
        if act.close:
            assert isinstance(server.transport, asyncio.WriteTransport)
            if act.reply:
                server.transport.write(act.reply.encode() + b"\r\n")
            server.transport.close()
            return "421 gone"  # never leaves: the connection is closed
        return act.reply or usual


class Storm:
    """Refuses at random, by shares of 1 each: the replies of a bad day. Reproducible by ``seed``.

    "lose" takes the message and hangs up without a word; "hang-up" does so without taking it. All other
    replies answer RCPT.
    """

    def __init__(self, shares: dict[str, float], *, seed: int = 1) -> None:
        self.shares = shares
        self.random = random.Random(seed)

    def __call__(self, stage: str, address: str) -> Act:
        draw = self.random.random()
        for reply, share in self.shares.items():
            if (stage == "data") != (reply in ("lose", "hang-up")) or stage == "mail":
                continue
            if draw < share:
                if reply in ("lose", "hang-up"):
                    return LOSE_REPLY if reply == "lose" else HANG_UP
                return Act(reply=reply, close=reply.startswith("421"))
            draw -= share
        return OK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--storm", default="{}", help='JSON: {"450 4.2.0 later": 0.1, "lose": 0.01}')
    parser.add_argument("--pause", type=float, default=0.0, help="seconds that a message takes")
    given = parser.parse_args()
    storm = Storm(json.loads(given.storm), seed=os.getpid())
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()
    with SmtpSink(play=storm, port=given.port, log=given.log, keep_bodies=False, pause=given.pause):
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stopped.set)
        loop.run_until_complete(stopped.wait())


if __name__ == "__main__":
    main()
