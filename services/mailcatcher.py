"""A local mail server that delivers nothing: every message becomes an ``.eml`` file in a folder.

``python -m services.mailcatcher --port 8025 --outbox var/outbox``; ``services.mailpages`` shows them.
"""

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MESSAGE = 32 * 1024 * 1024  # octets


class Outbox:
    """An aiosmtpd handler that stores each message as received, after trace fields (RFC 5321, 4.4)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._numbers = count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - as aiosmtpd calls it
        """Store one message and return the reply to ``DATA``."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{next(self._numbers):05d}"
        trace = [f"Return-Path: <{envelope.mail_from or ''}>"]
        trace += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
        content = envelope.original_content or b""
        # A process that watches the folder must never see a part of a message.
        part = self._folder / f".{name}.part"
        part.write_bytes("".join(f"{line}\r\n" for line in trace).encode() + content)
        part.rename(self._folder / f"{name}.eml")
        return f"250 2.0.0 kept as {name}.eml"


def catcher(folder: Path, *, host: str = "127.0.0.1", port: int) -> Controller:
    """A mail server, not yet started, that stores what it receives in ``folder``."""
    return Controller(
        Outbox(folder),
        hostname=host,
        port=port,
        data_size_limit=LARGEST_MESSAGE,
        decode_data=False,
        enable_SMTPUTF8=True,
    )


def catcher_command(port: int, folder: Path) -> list[str]:
    """The command line that runs this module as a process of its own."""
    return [sys.executable, "-m", "services.mailcatcher", "--port", str(port), "--outbox", str(folder)]


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--outbox", type=Path, default=Path("var/outbox"))
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server = catcher(options.outbox, host=options.host, port=options.port)
    server.start()
    stop.wait()
    server.stop()


if __name__ == "__main__":
    main()
