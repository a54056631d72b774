"""Pure: what a mail that came in says, in records: reports about recipients, and the mail itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

FORWARDED: Final = "X-Paperpost-Forwarded"  # marks what we passed on to the editor
KEPT_HEADERS: Final = (
    *(FORWARDED, "Auto-Submitted", "Precedence", "Return-Path"),
    *(
        "List-Id",
        "List-Unsubscribe",
        "List-Help",
        "List-Post",
        "List-Owner",
        "List-Archive",
        "List-Subscribe",
    ),
)
# Our tag stands in the head of a mail too: many who report a complaint leave the envelope out.
TAG_FIELD: Final = "X-Paperpost-Tag"
LONGEST_TEXT: Final = 4_000  # characters of what a mail says


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

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What ``dataclasses.asdict`` and JSON made of one: its tuples are lists there."""
        return cls(**{**value, "form": Form(value["form"]), "named": tuple(value["named"])})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail that came in, and what it returns of a mail of ours.

    ``sent_to``: the addresses at which it arrived, and the envelope senders that it shows: one of them may be
    tagged. ``about``: Message-IDs of our mail that it returns or answers. ``tags`` and ``links``: the tags of
    :mod:`~subscriptions.feedback.return_paths` and the URLs of List-Unsubscribe in the head that it returns.
    ``mentioned``: addresses in its own words. ``returned_to``: those in To of what it returns.
    ``sender`` is the first address in From, as it stands there. ``headers`` are those of :data:`KEPT_HEADERS`
    that the mail has, by their names in lower case; ``text`` is the beginning of what it says.
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
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What ``dataclasses.asdict`` and JSON made of one: its tuples are lists there."""
        tuples = {name: tuple(each) for name, each in value.items() if isinstance(each, list)}
        return cls(**{**value, **tuples, "reports": tuple(map(Report.from_json, value["reports"]))})
