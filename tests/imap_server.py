"""A small IMAP4rev1 server, for tests: what ``imaplib`` needs and no more (RFC 3501, RFC 6851)."""

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class ImapServer:
    """``mails`` of the inbox by UID; ``flags`` by UID, over all ``folders``. ``commands`` is what was asked.

    Of the mails ``silent`` nothing is given; those ``fatal`` end the connection. ``context`` is for TLS, from
    the first byte on or after STARTTLS, as ``is_secure`` says. Folders may be made below ``namespace`` only.
    """

    user: str = "bounces@paperpost.example"
    password: str = "p@ss word"
    folder: str = "INBOX"
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    folders: dict[str, dict[int, bytes]] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    fatal: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    capabilities: str = "IMAP4rev1"
    namespace: str = ""
    knows_partial: bool = True
    largest_answer: int = 0
    context: ssl.SSLContext | None = None
    is_secure: bool = False
    port: int = 0

    def __post_init__(self) -> None:
        self.folders[self.folder] = self.mails
        self.last = 100

    def add(self, mail: bytes, folder: str = "") -> int:
        self.last += 1
        self.folders[folder or self.folder][self.last] = mail
        self.flags[self.last] = set()
        return self.last

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        selected = self.folder
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, rest = line.decode("ascii").strip().partition(" ")
            self.commands.append(rest.split(" ", 1)[0] if not rest.startswith("UID") else rest)
            fetched = re.match(r"UID FETCH (\d+) ", rest)
            if fetched and int(fetched[1]) in self.fatal:
                break
            if named := re.match(r'SELECT "(.*)"$', rest):
                selected = named[1]
            verdict = self.verdict(rest, selected)
            if verdict.startswith("OK"):
                for answer in self.answers(rest, selected):
                    writer.write(answer + b"\r\n")
            writer.write(f"{tag} {verdict}\r\n".encode())
            await writer.drain()
            if rest == "STARTTLS":
                assert self.context is not None
                try:
                    await writer.start_tls(self.context)
                except OSError:  # who asks does not trust the certificate
                    break
            if rest.upper() == "LOGOUT":
                break
        writer.close()

    def verdict(self, rest: str, selected: str) -> str:
        if rest.startswith("LOGIN") and rest != f'LOGIN {self.user} "{self.password}"':
            return "NO [AUTHENTICATIONFAILED] wrong name or password"
        if rest.startswith("SELECT") and (selected not in self.folders or self.folder not in self.folders):
            return "NO no such folder"
        if made := re.match(r'CREATE "(.*)"$', rest):
            if not made[1].startswith(self.namespace) or made[1] in self.folders:
                return "NO not here"
            self.folders[made[1]] = {}
        if moved := re.match(r'UID (?:COPY|MOVE) \d+ "(.*)"$', rest):
            return "OK done" if moved[1] in self.folders else "NO [TRYCREATE] no such folder"
        return "OK done"

    def answers(self, rest: str, selected: str) -> Iterator[bytes]:
        mails = self.folders.get(selected, {})
        if rest == "CAPABILITY":
            yield f"* CAPABILITY {self.capabilities}".encode()
        elif rest.startswith("SELECT"):
            yield f"* {len(mails)} EXISTS".encode()
        elif rest.startswith("UID SEARCH"):
            without = "\\Seen" if rest.endswith("UNSEEN") else "\\Deleted"
            found = " ".join(str(uid) for uid in sorted(mails) if without not in self.flags[uid])
            yield f"* SEARCH {found}".encode()
        elif wanted := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\](?:<0\.(\d+)>)?\)", rest):
            yield from self.fetch(int(wanted[1]), mails, first=int(wanted[2] or 0))
        elif moved := re.match(r'UID (COPY|MOVE) (\d+) "(.*)"$', rest):
            self.add(mails[int(moved[2])], moved[3])
            if moved[1] == "MOVE":
                del mails[int(moved[2])]
        elif wanted := re.match(r"UID STORE (\d+) \+FLAGS \((.*)\)", rest):
            self.flags[int(wanted[1])].update(wanted[2].split())
            yield f"* 1 FETCH (FLAGS ({wanted[2]}))".encode()
        elif rest == "LOGOUT":
            yield b"* BYE"

    def fetch(self, uid: int, mails: dict[int, bytes], *, first: int) -> Iterator[bytes]:
        if uid in self.silent or uid not in mails or (first and not self.knows_partial):
            return
        mail = mails[uid][: first or None]
        self.largest_answer = max(self.largest_answer, len(mail))
        origin = "<0>" if first else ""
        yield f"* 1 FETCH (UID {uid} BODY[]{origin} {{{len(mail)}}}".encode() + b"\r\n" + mail + b")"


@contextmanager
def running(server: ImapServer) -> Iterator[ImapServer]:
    """Serve in a thread of its own; ``server.port`` is where."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    # Started in its own thread: a browser's test may have left a loop running in this one.
    starting = asyncio.start_server(
        server.serve, "127.0.0.1", 0, ssl=server.context if server.is_secure else None
    )
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result(timeout=10)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
