"""A small IMAP4rev1 server with one folder, for tests: what ``imaplib`` needs and no more (RFC 3501)."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class ImapServer:
    """``mails`` by UID; ``flags`` by UID. ``commands`` is what clients asked for, in order."""

    user: str = "bounces@paperpost.example"
    password: str = "p@ss word"
    folder: str = "INBOX"
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    def add(self, mail: bytes) -> int:
        uid = max(self.mails, default=100) + 1
        self.mails[uid] = mail
        self.flags[uid] = set()
        return uid

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, rest = line.decode("ascii").strip().partition(" ")
            self.commands.append(rest.split(" ", 1)[0] if not rest.startswith("UID") else rest)
            for answer in self.answers(rest):
                writer.write(answer + b"\r\n")
            writer.write(f"{tag} {self.verdict(rest)}\r\n".encode())
            await writer.drain()
            if rest.upper() == "LOGOUT":
                break
        writer.close()

    def verdict(self, rest: str) -> str:
        if rest.startswith("LOGIN") and rest != f'LOGIN {self.user} "{self.password}"':
            return "NO [AUTHENTICATIONFAILED] wrong name or password"
        if rest.startswith("SELECT") and rest != f'SELECT "{self.folder}"':
            return "NO no such folder"
        return "OK done"

    def answers(self, rest: str) -> Iterator[bytes]:
        if rest == "CAPABILITY":
            yield b"* CAPABILITY IMAP4rev1"
        elif rest.startswith("SELECT"):
            yield f"* {len(self.mails)} EXISTS".encode()
        elif rest.startswith("UID SEARCH UNSEEN"):
            unseen = " ".join(str(uid) for uid in sorted(self.mails) if "\\Seen" not in self.flags[uid])
            yield f"* SEARCH {unseen}".encode()
        elif found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]\)", rest):
            uid = int(found[1])
            mail = self.mails[uid]
            yield f"* 1 FETCH (UID {uid} BODY[] {{{len(mail)}}}".encode() + b"\r\n" + mail + b")"
        elif found := re.match(r"UID STORE (\d+) \+FLAGS \((\S+)\)", rest):
            self.flags[int(found[1])].add(found[2])
            yield f"* 1 FETCH (FLAGS ({found[2]}))".encode()
        elif rest == "LOGOUT":
            yield b"* BYE"


@contextmanager
def running(server: ImapServer) -> Iterator[ImapServer]:
    """Serve in a thread of its own; ``server.port`` is where."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    # Started in its own thread: a browser's test may have left a loop running in this one.
    starting = asyncio.start_server(server.serve, "127.0.0.1", 0)
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result(timeout=10)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
