"""The recorded mails that came back, and what is expected of each: read for tests and the benchmark alike."""

import importlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.test import RequestFactory

from subscriptions.feedback.phrases import FAMILIES, Family
from subscriptions.feedback.reports import read
from subscriptions.feedback.verdicts import Kind, Verdict, judge
from subscriptions.feedback.webhooks import judge_event


@dataclass(frozen=True)
class Case:
    """``expected`` and ``found``: the kinds in the mail, sorted. ``at_once``: what acts at the first report.

    A refusal for a reason of ours is "soft" here: the recorded expectations know hard bounces and others.
    What is doubtful is "hard" in ``found``, because it acts when it comes again, and "soft" in ``at_once``.
    """

    name: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    at_once: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """What is doubtful is right about somebody who is gone, and it does nothing to anybody else."""
        return self.expected in (self.found, self.at_once)

    @property
    def strictly_right(self) -> bool:
        """As if what is doubtful acted at once."""
        return self.expected == self.found

    @property
    def wrongly_suppressed(self) -> bool:
        """Somebody would lose their subscription who is not gone and did not complain."""
        return bool({"hard", "complaint"} & (set(self.at_once) - set(self.expected)))


def _kinds(verdicts: list[Verdict]) -> tuple[str, ...]:
    kinds = {"soft" if verdict.kind.value == "blocked" else verdict.kind.value for verdict in verdicts}
    return tuple(sorted(kinds))


def _judged(name: str, data: bytes, expected: set[str], families: Sequence[Family] = FAMILIES) -> Case:
    verdicts = [judge(report, families=families) for report in read(data).reports]
    reasons = tuple(
        f"{verdict.kind}: {verdict.reason}{' (doubtful)' * verdict.doubtful}" for verdict in verdicts
    )
    at_once = [replace(verdict, kind=Kind.SOFT) if verdict.doubtful else verdict for verdict in verdicts]
    return Case(name, tuple(sorted(expected)), _kinds(verdicts), reasons, _kinds(at_once))


def expected_kind(row: dict[str, Any]) -> str:
    """What a row of the recorded expectations asks for."""
    if row["hardbounce"]:
        return "hard"
    if row["reason"] == "feedback":
        # A report of failed authentication is about our DNS, and nobody's complaint.
        return "soft" if row.get("feedbacktype", "").startswith("auth") else "complaint"
    return {"vacation": "auto-reply", "delivered": "none"}.get(str(row["reason"]), "soft")


def everyone(_name: str) -> bool:
    return True


def mails(
    folder: Path, *, families: Sequence[Family] = FAMILIES, only: Callable[[str], bool] = everyone
) -> Iterator[Case]:
    """Every recorded mail that has an expectation and whose file's name is wanted, judged by ``families``."""
    expected = json.loads((folder / "sisimai" / "expected_from_rb-sisimai.json").read_text("utf-8"))
    for path in filter(lambda path: only(path.name), sorted((folder / "sisimai").rglob("*.eml"))):
        if path.parent.name == "not":
            yield _judged(f"not/{path.name}", path.read_bytes(), {"none"}, families)
        elif path.name in expected:
            kinds = {expected_kind(row) for row in expected[path.name]}
            yield _judged(f"{path.parent.name}/{path.name}", path.read_bytes(), kinds, families)
    for name, kind in (("auto_reply.eml", "auto-reply"), ("hard_bounce_via_verp.eml", "hard")):
        if only(name):
            yield _judged(name, (folder / "discourse" / name).read_bytes(), {kind}, families)


def forms(
    folder: Path, *, families: Sequence[Family] = FAMILIES, only: Callable[[str], bool] = everyone
) -> Iterator[Case]:
    """The files of flufl.bounce, whose expectations know two classes by the FORM of a notice, not its cause.

    "Temporary" must not be hard. "Permanent" must be a failed delivery: hard, or soft for a cause that
    passes, such as a full mailbox.
    """
    expected = json.loads((folder / "flufl_bounce" / "expected.json").read_text("utf-8"))
    for name, rows in sorted(expected.items()):
        if not only(name):
            continue
        case = _judged(name, (folder / "flufl_bounce" / name).read_bytes(), set(), families)
        found = set(case.found)
        if not any(row["addresses"] for row in rows):
            yield replace(case, expected=("none",))
            continue
        is_temporary = {bool(row["temporary"]) for row in rows if row["addresses"]} == {True}
        is_right = found == {"soft"} if is_temporary else bool(found) and found <= {"hard", "soft"}
        yield replace(case, expected=case.found if is_right else (f"temporary={is_temporary}",))


_VIEWS = {
    "amazon_ses": "AmazonSESTrackingWebhookView",
    "brevo": "BrevoTrackingWebhookView",
    "mailersend": "MailerSendTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "mailjet": "MailjetTrackingWebhookView",
    "mailtrap": "MailtrapTrackingWebhookView",
    "mandrill": "MandrillCombinedWebhookView",
    "postal": "PostalTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "resend": "ResendTrackingWebhookView",
    "sendgrid": "SendGridTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
    "unisender_go": "UnisenderGoTrackingWebhookView",
}
_EXPECTED = {
    "complained": "complaint",
    "unsubscribed": "complaint",
    "autoresponded": "auto-reply",
    "deferred": "soft",
    "failed": "soft",
}


def events_of(service: str, payload: Any) -> list[Any]:
    """Anymail's events of a recorded payload, through the view that the service calls, its lock aside."""
    module = importlib.import_module(f"anymail.webhooks.{service}")
    view = object.__new__(getattr(module, _VIEWS[service]))
    if service == "mandrill":
        request = RequestFactory().post("/", {"mandrill_events": json.dumps(payload)})
    else:
        if service == "amazon_ses":
            payload = {"Type": "Notification", "MessageId": "n-1", "Message": json.dumps(payload)}
        request = RequestFactory().post("/", json.dumps(payload), content_type="application/json")
    return [event for event in view.parse_events(request) if event is not None]


def payloads(folder: Path) -> Iterator[Case]:
    """Every recorded webhook payload with an expected event."""
    for path in sorted((folder / "esp_webhooks_anymail").glob("*.json")):
        for row in json.loads(path.read_text("utf-8")):
            expected = row["expected"]
            if not expected.get("event_type"):
                continue
            payload = next(iter(row["raw"].values()))
            name = f"{path.stem}: {row['test'].rpartition('.')[2]}"
            events = events_of(path.stem, payload)
            verdicts = [judge_event(event) for event in events]
            yield Case(
                name,
                (_expected_of(row["test"], expected),),
                _kinds(verdicts[:1]),
                tuple(verdict.reason for verdict in verdicts),
                _kinds(verdicts[:1]),
            )


def _expected_of(test: str, expected: dict[str, Any]) -> str:
    kind, reason = expected["event_type"], expected.get("reject_reason")
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind not in ("bounced", "rejected"):
        return "none"
    if "soft" in test or "no-mx" in test:
        return "soft"
    if reason == "unsubscribed":
        return "complaint"
    return "hard" if reason in ("bounced", "invalid", None) else "soft"
