"""What a refusal means: judged by what is said of the recipient, never by how the recipient is called."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.feedback.names import without_names
from subscriptions.feedback.reports import read
from subscriptions.feedback.verdicts import Kind, judge, judge_reply
from tests.subscriptions.feedback.test_feedback import bounce

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "dsn"
NAMES = (
    "spam",
    "dkim",
    "spf-fan",
    "moderator",
    "mailboxfull",
    "rbl",
    "policy",
    "virus",
    "quota",
    "dmarc.team",
)
DOMAINS = ("example.org", "spam.example", "spf.example", "full-mailbox.example", "policy.blocked.example")
GONE = (
    "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 5.1.1 <{}> User doesn't exist: {}",
    "550 5.1.1 {}... User unknown",
    "550 No such user: {}",
    "550 unknown user <{}>",
)


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("name", NAMES)
def test_how_the_reader_is_called_decides_nothing(name: str, domain: str):
    address = f"{name}@{domain}"
    for text in GONE:
        said = text.format(address, address)
        live = judge_reply(550, said[4:], recipient=address)
        assert (live.kind, live.reason) == (Kind.HARD, "unknown user"), said
        (report,) = read(bounce(to="b@p.example", recipient=address, said=said)).reports
        verdict = judge(report)
        assert (verdict.kind, verdict.reason, verdict.doubtful) == (Kind.HARD, "unknown user", False), said


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text",
    [
        "5.1.1 user {} unknown",
        "5.1.1 unknown user: {}",
        "5.1.1 '{}' is not a known user",
        "5.1.1 mailbox {} does not exist",
        "5.1.1 no such user ({})",
    ],
)
def test_a_local_part_without_its_domain_is_a_name_too(name: str, text: str):
    verdict = judge_reply(550, text.format(name), recipient=f"{name}@example.org")
    assert (verdict.kind, verdict.reason) == (Kind.HARD, "unknown user")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("5.7.1 <reader@example.org>: rejected as spam", Kind.BLOCKED),
        ("5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", Kind.BLOCKED),
        ("5.7.1 rejected, see bl.example.net", Kind.BLOCKED),
        ("host mx.dkim.example[192.0.2.7] said: 5.1.1 user unknown", Kind.HARD),
        ("5.1.1 user unknown at antispam.mx.example.net", Kind.HARD),
        ("5.2.2 <unknown@example.org>: mailbox full", Kind.SOFT),
        ("connection refused by [127.0.0.1]", Kind.SOFT),
    ],
)
def test_what_is_said_beside_the_names_decides(text: str, kind: Kind):
    assert judge_reply(550, text, recipient="reader@example.org").kind is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("spam@example.org is not a local user", Kind.HARD),
        ("Adresse inconnue: quota@example.org", Kind.HARD),
        ("Benutzer policy@example.org unbekannt", Kind.HARD),
        ("Пользователь не найден", Kind.HARD),
        ("La cuenta no existe", Kind.HARD),
        ("宛先不明", Kind.HARD),
        ("없는 사용자입니다", Kind.HARD),
        ("收件人邮箱不存在", Kind.HARD),
        ("对方邮箱空间已满", Kind.SOFT),
        ("您的邮件被识别为垃圾邮件，拒绝接收", Kind.BLOCKED),
        ("DT:SPM smtp5,abc,1", Kind.BLOCKED),
        ("스팸으로 차단되었습니다", Kind.BLOCKED),
        ("part of their network is on our block list", Kind.BLOCKED),
    ],
)
def test_servers_speak_many_languages(text: str, kind: Kind):
    assert judge_reply(550, text).kind is kind
    (report,) = read(
        bounce(to="b@p.example", recipient="reader@example.org", said=f"550 {text}", status="5.0.0")
    ).reports
    assert judge(report).kind is kind


def test_a_user_whom_the_server_looks_up_late_is_gone_when_it_says_so_twice():
    said = "delivery error: dd This user doesn't have a yahoo.example account (reader@yahoo.example) [-5]"
    verdict = judge_reply(554, said, after_body=True, recipient="reader@yahoo.example")
    assert (verdict.kind, verdict.doubtful) == (Kind.HARD, True)


def test_an_address_beside_the_word_mailbox_fills_nothing():
    said = "554 delivery error: mailbox full@example.org not found"
    (report,) = read(bounce(to="b@p.example", recipient="full@example.org", said=said)).reports
    assert judge(report).kind is Kind.HARD


@given(st.text(max_size=200), st.emails())
def test_any_text_can_be_freed_of_names(text: str, address: str):
    plain = without_names(f"{text} <{address}> {text}", recipient=address)
    assert address.lower() not in plain.lower()


def verdicts() -> list[tuple[str, str]]:
    if not CASES.is_dir():
        return []
    lines = (CASES / "VERDICTS.tsv").read_text("utf-8").splitlines()[1:]
    return [(name, right) for name, _, right in (line.split("\t") for line in lines)]


_REASONS = {"": None, "content": "spam or content", "mailbox full": "mailbox full", "not now": "not now"}


@pytest.mark.parametrize(("name", "right"), verdicts())
def test_real_reports_of_real_servers_are_judged_rightly(name: str, right: str):
    (report,) = read((CASES / name).read_bytes()).reports
    verdict = judge(report)
    words, _, not_final = right.partition(",")
    kind, _, reason = words.partition(" ")
    assert verdict.kind == kind
    assert (report.action == "delayed") == bool(not_final)
    assert not verdict.doubtful, "one report is enough"
    expected = _REASONS.get(reason, reason)
    assert expected in (None, verdict.reason)


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not here")
def test_what_is_kept_of_a_report_is_what_was_said_of_the_recipient():
    for path in CASES.glob("opensmtpd-*.eml"):
        (report,) = read(path.read_bytes()).reports
        assert "MAILER-DAEMON" not in report.about_the_recipient, path.name
        assert report.about_the_recipient.strip(), path.name


def prose(text: str) -> bytes:
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n"
        f"To: bounces@paperpost.example\n\n{text}\n"
    ).encode()


def test_no_such_user_in_prose_is_one_witness_and_doubtful():
    for text in (
        "I could not deliver your message.\n\n<reader@example.org>:\nRemote host said: 550 no such user\n",
        "<reader@example.org>:\nSorry, no mailbox here by that name.\n",
        "The message to <reader@example.org> failed: 550 Requested action not taken: no such user here\n",
    ):
        verdict = judge(read(prose(text)).reports[0])
        assert (verdict.kind, verdict.doubtful) == (Kind.HARD, True), text


def test_no_such_user_after_the_body_is_a_filter():
    text = "<reader@example.org>: host mx said: 550 no such user (in reply to end of DATA command)\n"
    assert judge(read(prose(text)).reports[0]).kind is Kind.SOFT


def test_two_witnesses_are_certain():
    for text in (
        "<reader@example.org>: host mx said: 550 5.1.1 no such user\n",
        "<reader@example.org>: mx said: 550 no such user (in reply to RCPT TO command)\n",
    ):
        verdict = judge(read(prose(text)).reports[0])
        assert (verdict.kind, verdict.doubtful) == (Kind.HARD, False), text


def test_numbers_that_contradict_the_words_are_no_second_witness():
    said = "550 5.2.0 user unknown"
    (report,) = read(bounce(to="b@p.example", status="5.2.0", said=said)).reports
    assert judge(report).kind is not Kind.HARD or judge(report).doubtful
