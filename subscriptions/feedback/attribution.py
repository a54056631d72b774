"""Which of our mails a mail that came in is about, and what proves it: who can forge what decides.

By mail three things must hold before anybody is suppressed:

1. It bears what only our mail carried: the signed tag of the envelope (in the address it came to, or shown in
   what it returns) or, in the head that it returns, our tag field or the link of List-Unsubscribe together
   with the Message-ID of the same reader's digest. A Message-ID alone proves nothing: every reply and every
   forwarded mail has it. The link stands in the body too, so whoever a digest was forwarded to has it: a
   complaint that it proves only unsubscribes, as the link itself does.
2. The mail that it is about is young enough to come back (:data:`YOUNG`).
3. A bounce names the recipient whom that mail was sent to, and a complaint names no other; who reports a
   complaint may have redacted the address (RFC 6590).
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

from subscriptions.addresses import address_hashes
from subscriptions.feedback.events import Feedback
from subscriptions.feedback.records import Form, Incoming, Report
from subscriptions.feedback.return_paths import DigestTag, NoticeTag, named_by, named_by_tag
from subscriptions.feedback.verdicts import Kind, judge
from subscriptions.feedback.webhooks import delivery_of_message_id
from subscriptions.models import Delivery, Subscriber
from subscriptions.readers import consent, links

SOURCE = "mailbox"
# Servers give up after five days (RFC 5321, section 4.5.4.1), a few after seven; complaints come within days.
YOUNG = timedelta(days=14)


@dataclass(frozen=True)
class SentMail:
    """The mail of ours that something is about. ``by_link``: proved by a link that its body has as well."""

    reader: Subscriber
    sent_at: datetime
    delivery: Delivery | None = None
    notice: NoticeTag | None = None
    is_proved: bool = False
    by_link: bool = False

    @cached_property
    def _hashes(self) -> frozenset[str]:
        """The keyed hashes of the addresses to which it may have gone."""
        hashes = {*address_hashes(self.reader.email)}
        hashes.update(was for at, was in consent.moves(self.reader) if at >= self.sent_at)
        return frozenset(hashes)

    def went_to(self, address: str) -> bool:
        """Whether the mail may have been sent to ``address``."""
        if self.notice is not None:
            return self.notice.went_to(address)
        return not self._hashes.isdisjoint(address_hashes(address))


def feedback_of(incoming: Incoming, data: bytes, *, now: datetime) -> list[Feedback]:
    """The events that one mail reports, each with what is missing of its proof."""
    mail = sent_mail(incoming, now=now)
    name = incoming.message_id or hashlib.sha256(data).hexdigest()
    return [
        _feedback(report, f"{name} {number}", incoming=incoming, mail=mail, now=now)
        for number, report in enumerate(incoming.reports)
    ]


def _feedback(
    report: Report, event_id: str, *, incoming: Incoming, mail: SentMail | None, now: datetime
) -> Feedback:
    verdict = judge(report)
    return Feedback(
        kind=verdict.kind,
        reason=verdict.reason,
        source=SOURCE,
        event_id=event_id,
        at=now,
        delivery_id=mail.delivery.pk if mail and mail.delivery else None,
        notice=mail.notice if mail else None,
        detail=report.about_the_recipient,
        final=report.action != "delayed",
        opt_out=report.feedback.startswith("opt-out") or bool(mail and mail.by_link),
        doubtful=verdict.doubtful,
        unproven=missing_proof(report, incoming, mail, now=now),
    )


def sent_mail(incoming: Incoming, *, now: datetime) -> SentMail | None:
    """The mail of ours that ``incoming`` is about, by the best proof of it that there is."""
    for tag in (*map(named_by, incoming.sent_to), *map(named_by_tag, incoming.tags)):
        mail = _tagged(tag)
        if mail is not None:
            return mail
    claimed = filter(None, map(delivery_of_message_id, incoming.about))
    rows = Delivery.objects.select_related("subscriber").in_bulk(list(dict.fromkeys(claimed)))
    if not rows:
        return None
    holders = {reader.pk for reader in _linked(incoming.links, now=now)}
    delivery = next((row for row in rows.values() if row.subscriber_id in holders), None)
    is_proved = delivery is not None
    row = delivery or next(iter(rows.values()))
    return SentMail(row.subscriber, row.created_at, delivery=row, is_proved=is_proved, by_link=is_proved)


def _tagged(tag: DigestTag | NoticeTag | None) -> SentMail | None:
    if isinstance(tag, DigestTag):
        row = Delivery.objects.select_related("subscriber").filter(pk=tag.delivery_id).first()
        return SentMail(row.subscriber, row.created_at, delivery=row, is_proved=True) if row else None
    if isinstance(tag, NoticeTag):
        reader = Subscriber.objects.filter(pk=tag.subscriber_id).first()
        sent_at = datetime.combine(tag.day, time(), tzinfo=UTC)
        return SentMail(reader, sent_at, notice=tag, is_proved=True) if reader else None
    return None


_LINK = re.compile(r"/unsubscribe/([A-Za-z0-9_-]{20,100})/?$")


def _linked(urls: Iterable[str], *, now: datetime) -> list[Subscriber]:
    """The readers whose unsubscribe links these are."""
    readers = []
    for token in (match[1] for match in map(_LINK.search, urls) if match):
        try:
            readers.append(links.subscriber_of(token, "unsubscribe", now=now))
        except links.LinkError:
            continue
    return readers


def missing_proof(report: Report, incoming: Incoming, mail: SentMail | None, *, now: datetime) -> str:
    """Why nothing may follow from ``report``, in words for the desk; empty if it is proved."""
    if mail is None:
        return "it names no mail of ours"
    if not mail.is_proved:
        return "it has a Message-ID of ours and no signed tag"
    if now - mail.sent_at > YOUNG:
        return f"the mail that it is about is older than {YOUNG.days} days"
    if report.form is Form.COMPLAINT:
        return _names_another(report, incoming, mail)
    if judge(report).kind in (Kind.HARD, Kind.SOFT, Kind.BLOCKED):
        return _names_not(report, incoming, mail)
    return ""


def _names_not(report: Report, incoming: Incoming, mail: SentMail) -> str:
    """A bounce: its fields name the recipient, or its words do where no report of it does so in a field."""
    if any(map(mail.went_to, report.named)):
        return ""
    in_fields = any(mail.went_to(address) for other in incoming.reports for address in other.named)
    if not in_fields and any(map(mail.went_to, incoming.mentioned)):
        return ""
    if report.named:
        return "it names another recipient"
    return "" if any(map(mail.went_to, incoming.returned_to)) else "it names no recipient"


def _names_another(report: Report, incoming: Incoming, mail: SentMail) -> str:
    """A complaint: no address in its field, nor in To of what it returns, is another's."""
    for address in (*report.named, *incoming.returned_to):
        if address and not mail.went_to(address) and not is_redacted(address):
            return "it names another recipient"
    return ""


_REDACTED = re.compile(
    r"redact|remov|hidden|anonym|privat|withheld|mask|\*{2}|x{4}|^(?=\D{0,63}\d)[a-z0-9+/_=-]{20,}$",
    re.IGNORECASE,
)


def is_redacted(address: str) -> bool:
    """Whether a reporter has put something else in the place of the local part (RFC 6590, section 3)."""
    return bool(_REDACTED.search(address.rpartition("@")[0]))
