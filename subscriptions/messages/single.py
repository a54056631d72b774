"""A mail that is made for one occasion: a notice, or what is passed on to the editor."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

from django.conf import settings

from subscriptions.messages import MimeMessage
from subscriptions.messages.headers import (
    ascii_address,
    bare,
    list_head,
    mailbox,
    one_line,
    plain_head,
    sender_domain,
    subject_field,
)
from subscriptions.readers.links import ReaderLinks

_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # CRLF, and bodies that every server takes


@dataclass(frozen=True, slots=True)
class SingleMail:
    """What one mail says. Answers go to ``reply_to``, by default to ``REPLY_TO_EMAIL``.

    ``auto_submitted`` as in RFC 3834, section 5; ``marks`` are names of fields whose value is 1; ``attached``
    is a mail that is passed on whole. ``links`` are the reader's where many get the same: then its head says
    how to unsubscribe, as a digest's does.
    """

    recipient: str
    subject: str
    text: str
    html: str = ""
    reply_to: str = ""
    auto_submitted: str = "auto-replied"
    marks: tuple[str, ...] = ()
    attached: bytes = b""
    links: ReaderLinks | None = None


def build_single(mail: SingleMail, *, now: datetime) -> MimeMessage:
    """The bytes of one mail from ``FROM_EMAIL``. Raises ValueError if its recipient is no address."""
    body = EmailMessage(policy=_SEVEN_BIT)
    body.set_content(mail.text)
    if mail.html:
        body.add_alternative(mail.html, subtype="html")
    if mail.attached:
        body.add_attachment(
            mail.attached, maintype="application", subtype="octet-stream", filename="message.eml"
        )
    to = ascii_address(bare(mail.recipient))
    identity = make_msgid(domain=sender_domain())
    head = [
        f"From: {mailbox(settings.FROM_EMAIL)}\r\n",
        _reply_to(mail.reply_to or settings.REPLY_TO_EMAIL),
        f"To: {to}\r\n",
        subject_field(mail.subject),
        plain_head(identity, now=now),
        f"Auto-Submitted: {mail.auto_submitted}\r\n",
        list_head(mail.links) if mail.links is not None else "",
        *[f"{name}: 1\r\n" for name in mail.marks],
    ]
    return MimeMessage(
        sender=settings.BOUNCE_EMAIL or bare(settings.FROM_EMAIL),
        recipient=to,
        message_id=identity,
        subject=one_line(mail.subject),
        data="".join(head).encode() + body.as_bytes(),
    )


def _reply_to(address: str) -> str:
    """The field, or nothing where ``address`` is none that can be answered to."""
    try:
        written = mailbox(address) if bare(address) else ""
    except ValueError:
        written = ""
    return f"Reply-To: {written}\r\n" if written.isascii() and written else ""
