"""What a mail server, or a mail service, answered to one message. Pure."""

from dataclasses import dataclass

from subscriptions.addresses import without_addresses

LONGEST_REPLY = 500  # characters that are kept of a server's reply


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one attempt to hand over a message.

    ``code`` is the server's reply code, 0 if there was none. ``in_doubt``: the whole message was sent and no
    reply came that says what became of it. ``after_body``: it is the reply to the whole message, not to its
    envelope. ``wait``: seconds for which we are asked to wait. ``is_own``: no server said it: we know that
    this one cannot take the message. ``command``: "mail", "rcpt" or "data", if that was what it answered.
    """

    code: int
    text: str = ""
    in_doubt: bool = False
    after_body: bool = False
    wait: float = 0.0
    is_own: bool = False
    command: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the message was taken (2yz)."""
        return 200 <= self.code < 300

    def __str__(self) -> str:
        """What is kept and shown of it: the name under which a message was taken, or a refusal's words."""
        text = self.text if self.accepted else without_addresses(self.text)
        return f"{self.code} {text}".strip()[:LONGEST_REPLY] if self.code else text[:LONGEST_REPLY]
