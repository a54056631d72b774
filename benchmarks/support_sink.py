"""A mail server that takes everything and keeps nothing, where Postfix's ``smtp-sink`` is not installed."""

import asyncio
import sys


class Sink(asyncio.Protocol):
    """Reads by search, not by line: a message costs one look for its end."""

    accepted = 0  # messages, over all connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the client."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.waiting = b""
        self.in_data = False
        self.transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer each whole line; a message's lines are dropped."""
        self.waiting += data
        while True:
            end = b"\r\n.\r\n" if self.in_data else b"\r\n"
            at = self.waiting.find(
                end, max(0, len(self.waiting) - len(data) - len(end)) if self.in_data else 0
            )
            if at < 0:
                return
            line, self.waiting = self.waiting[:at], self.waiting[at + len(end) :]
            self.answer(line)

    def answer(self, line: bytes) -> None:
        """Reply to one command."""
        if self.in_data:
            self.in_data = False
            Sink.accepted += 1
            self.transport.write(b"250 2.0.0 Ok\r\n")
            return
        verb = line[:4].upper()
        if verb == b"EHLO":
            self.transport.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif verb == b"DATA":
            self.in_data = True
            self.transport.write(b"354 go\r\n")
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
            sys.stdout.write(f"mesg={self.accepted}\r")
            sys.stdout.flush()
        else:
            self.transport.write(b"250 Ok\r\n")


async def serve(port: int) -> None:
    """Take mails on a port until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
