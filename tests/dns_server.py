"""A DNS server on loopback that speaks the true wire format over UDP, and knows what a test tells it.

    with DnsServer({("example.org", "TXT"): ["v=spf1 -all"]}) as server:
        Resolver(server.address)

A name that is in no record does not exist; one that has others has none of that kind. ``refuses``: it fails
at every question (SERVFAIL); ``is_silent``: it never answers. Questions are kept in ``asked``.
"""

import socketserver
import threading
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = dict[tuple[str, str], list[str]]


class DnsServer:
    def __init__(self, records: Records, *, refuses: bool = False, is_silent: bool = False) -> None:
        self.records, self.refuses, self.is_silent = records, refuses, is_silent
        self.asked: list[tuple[str, str]] = []
        self._server = socketserver.UDPServer(("127.0.0.1", 0), self._handler())

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, line = self.request
                answer = server.answer(data)
                if answer is not None:
                    line.sendto(answer, self.client_address)

        return Handler

    def answer(self, wire: bytes) -> bytes | None:
        query: Any = dns.message.from_wire(wire)
        response = dns.message.make_response(query, recursion_available=True)
        (question,) = query.question
        name, kind = str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if self.is_silent:
            return None
        if self.refuses:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif values := self.records.get((name, kind)):
            texts = [_strings(value) if kind == "TXT" else value for value in values]
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        elif name not in {each for each, _ in self.records}:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()


def _strings(text: str) -> str:
    """A TXT record holds strings of at most 255 bytes."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
