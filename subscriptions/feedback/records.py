"""What a mail that came in says, in records: reports about recipients, and the mail itself."""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a report was made."""

    STATUS = "status"  # RFC 3464
    COMPLAINT = "complaint"  # RFC 5965
    WORDS = "words"  # prose of a mail server
    AUTO_REPLY = "auto-reply"  # RFC 3834
    PERSON = "person"  # none of these: somebody wrote it, or it is none of ours


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's fate as somebody told it. Empty where it was not said.

    ``action`` and ``status`` as in RFC 3464, section 2.3 ("failed", "5.1.1"); ``code`` the SMTP reply code;
    ``diagnostic`` the Diagnostic-Code; ``own`` the notification's lines about this recipient; ``words`` these
    and what follows them, or all of the notification's text where it lists nobody; ``named`` every address by
    which the report names the recipient; ``feedback`` ARF's Feedback-Type.
    """

    form: Form
    recipient: str = ""
    action: str = ""
    status: str = ""
    code: str = ""
    diagnostic: str = ""
    own: str = ""
    words: str = ""
    named: tuple[str, ...] = ()
    feedback: str = ""

    @property
    def about_the_recipient(self) -> str:
        """What was said of the recipient, for showing: never the notification's greeting, if it says more."""
        return self.diagnostic or self.own or self.words


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail that came in, and what it returns of a mail of ours.

    ``sent_to``: the addresses at which it arrived, and the envelope senders that it shows: one of them may be
    tagged. ``about``: Message-IDs of our mail that it returns or answers. ``tags`` and ``links``: the tags of
    :mod:`~subscriptions.feedback.envelopes` and the URLs of List-Unsubscribe in the head that it returns.
    ``mentioned``: addresses in its own words. ``returned_to``: those in To of what it returns.
    """

    message_id: str
    sent_to: tuple[str, ...]
    about: tuple[str, ...]
    subject: str
    sender: str
    reports: tuple[Report, ...]
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    returned_to: tuple[str, ...] = ()
