"""Mail servers that are given too much: all readers get their digest, and no row is the worse for it."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from subscriptions.delivery import SendSetup, send, slowdown
from subscriptions.delivery.backpressure import Pressure, Scope, Streak, asked_to_wait, pressure
from subscriptions.delivery.checkpoints import FileCheckpoints
from subscriptions.delivery.replies import Reply
from subscriptions.feedback.events import sender_troubles
from subscriptions.models import Delivery, DeliveryEvent, SendingPace, Subscriber
from tests.factories import NOW
from tests.smtp_sink import OK, Act, SmtpSink
from tests.subscriptions.delivery.ledger import build, queue, transport_to

pytestmark = pytest.mark.slow

NONE, POSSIBLE, CERTAIN = Pressure


@pytest.mark.parametrize(
    ("code", "text", "command", "found"),
    [
        (450, "4.7.1 Error: too much mail from 192.0.2.1", "rcpt", CERTAIN),
        (450, "4.7.1 Error: too many messages", "mail", CERTAIN),
        (421, "4.7.0 mail.example Error: too many connections", "", CERTAIN),
        (452, "4.3.1 Insufficient system storage", "mail", CERTAIN),
        (452, "4.3.1 Insufficient system storage", "", CERTAIN),
        (450, "4.3.2 System not accepting network messages", "rcpt", CERTAIN),
        (451, "4.7.1 You have exceeded your hourly limit", "data", CERTAIN),
        (451, "4.7.0 Throttled, slow down", "", CERTAIN),
        (452, "Insufficient system storage", "rcpt", CERTAIN),
        (421, "Service not available", "rcpt", CERTAIN),
        (451, "anything", "mail", CERTAIN),
        (550, "5.4.5 Daily user sending quota exceeded", "data", CERTAIN),
        (554, "5.7.0 Too many messages, sending rate limit exceeded", "", CERTAIN),
        (450, "4.7.1 <r@example.org>: Greylisted, try again in 300 seconds", "rcpt", POSSIBLE),
        (451, "4.7.1 Greylisting in action, please come back later", "rcpt", POSSIBLE),
        (451, "4.7.1 Please try again later", "rcpt", POSSIBLE),
        (450, "4.7.1 Service unavailable, try again in 5 minutes", "rcpt", POSSIBLE),
        (451, "4.3.0 Temporary lookup failure", "rcpt", POSSIBLE),
        (450, "4.2.1 The user you are trying to contact is receiving mail too quickly", "rcpt", NONE),
        (452, "4.2.2 Mailbox full", "rcpt", NONE),
        (452, "mailbox quota exceeded", "rcpt", NONE),
        (450, "4.1.1 User unknown", "rcpt", NONE),
        (550, "5.1.1 No such user", "rcpt", NONE),
        (552, "5.2.2 Over quota", "rcpt", NONE),
        (250, "2.0.0 Ok: queued as RATELIMIT", "", NONE),
    ],
)
def test_what_is_about_us_and_what_is_about_one_recipient(code, text, command, found):
    assert pressure(Reply(code, text, command=command), recipient="r@example.org") is found


@pytest.mark.parametrize("name", ["too-many", "ratelimit", "throttled", "quota"])
def test_the_readers_own_name_is_no_word_of_the_server(name):
    reply = Reply(450, f"4.2.0 <{name}@{name}.example>: try again later", command="rcpt")
    assert pressure(reply, recipient=f"{name}@{name}.example") is NONE


@pytest.mark.parametrize(
    ("text", "wait", "seconds"),
    [
        ("try again in 300 seconds", 0, 300),
        ("please retry after 5 min", 0, 300),
        ("try again in 2 hours", 0, 3600),
        ("later", 7, 7),
        ("later", 0, 0),
    ],
)
def test_a_wish_to_be_left_alone_is_heard(text, wait, seconds):
    assert asked_to_wait(Reply(450, text, wait=wait)) == seconds


def scopes(*refusals: tuple[Pressure, str, str], taken: tuple[str, ...] = ()) -> list[Scope]:
    streak = Streak()
    for domain in taken:
        streak.end(domain)
    return [streak.add(found, domain=domain, command=command) for found, domain, command in refusals]


def test_whom_a_streak_concerns():
    nobody, domain, everybody = Scope
    one, two = (CERTAIN, "a.example", "rcpt"), (CERTAIN, "b.example", "rcpt")
    assert scopes(one, two, one) == [nobody, nobody, everybody]
    assert scopes(one, one, one) == [nobody, nobody, everybody], "nothing tells that others would pass"
    assert scopes(one, one, one, one, two, taken=("b.example",))[2:] == [domain, domain, everybody]
    assert scopes(*[(CERTAIN, "a.example", "mail")] * 3, taken=("b.example",))[-1] is everybody
    grey = [(POSSIBLE, f"{number % 2}.example", "rcpt") for number in range(20)]
    assert set(scopes(*grey)) == {nobody}, "two domains that greylist are two domains that greylist"
    many = [(POSSIBLE, f"{number}.example", "rcpt") for number in range(10)]
    assert scopes(*many) == [nobody] * 9 + [everybody]


# -- over a real server ------------------------------------------------------


class Cap:
    """Takes ``most`` messages in each window of ``seconds``, and refuses the others at ``stage``."""

    def __init__(self, reply: str, *, stage: str, most: int = 100, seconds: float = 1.0) -> None:
        self.reply, self.stage, self.most, self.seconds = reply, stage, most, seconds
        self.counts: Counter[int] = Counter()
        self.refused = 0
        self.lock = threading.Lock()

    def __call__(self, stage: str, address: str) -> Act:
        if stage != self.stage:
            return OK
        with self.lock:
            window = int(time.monotonic() / self.seconds)
            if self.counts[window] >= self.most:
                self.refused += 1
                return Act(reply=self.reply, close=self.reply.startswith("421"))
            self.counts[window] += 1
        return OK


@pytest.fixture
def readers(transactional_db, valkey, settings, tmp_path):
    settings.REDIS_URL = valkey
    settings.VAR_DIR = tmp_path

    def make(count: int, *, domains: int = 7) -> None:
        queue(count)
        for number, reader in enumerate(Subscriber.objects.order_by("pk")):
            reader.email = f"r{number}@d{number % domains}.example"
            reader.save()

    return make


def send_for(sink: SmtpSink, seconds: float, tmp_path):
    transport = transport_to(sink)
    try:
        checkpoints = FileCheckpoints(tmp_path / "marks")
        setup = SendSetup(build=build, transport=transport, checkpoints=checkpoints)
        return send(seconds=seconds, setup=setup)
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("reply", "stage", "domains"),
    [
        pytest.param("450 4.7.1 Error: too much mail", "rcpt", 7, marks=pytest.mark.any_database),
        pytest.param("452 4.3.1 Insufficient system storage", "mail", 7, marks=pytest.mark.any_database),
        pytest.param("451 4.7.1 Rate limit exceeded", "data", 1, marks=pytest.mark.any_database),
        ("421 4.7.0 Too many messages", "rcpt", 1),
    ],
)
def test_a_thousand_readers_behind_a_cap_all_get_their_digest(readers, tmp_path, reply, stage, domains):
    """100 a window: nobody is failed, hardly an attempt is counted, and the pace is learned."""
    readers(1000, domains=domains)
    cap = Cap(reply, stage=stage)
    with SmtpSink(play=cap, keep_bodies=False) as sink:
        until = time.monotonic() + 300  # on a machine with other work
        while time.monotonic() < until and Delivery.objects.exclude(state="sent").exists():
            send_for(sink, 30, tmp_path)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert sink.recipients.total() == 1000
    assert set(sink.recipients.values()) == {1}
    attempts = Counter(Delivery.objects.values_list("attempts", flat=True))
    assert max(attempts) <= 2
    assert attempts[2] <= 10
    # After a 421 the transport connects anew and asks once more, so that each refusal is heard twice.
    heard = 2 if reply.startswith("421") else 1
    assert cap.refused <= 60 * heard, "it is not asked again and again"
    assert sender_troubles(timezone.now() - timedelta(hours=1))["too much mail at once"] >= 1
    assert not DeliveryEvent.objects.exclude(kind="blocked").exists()


def test_one_domain_that_refuses_holds_up_no_other(readers, tmp_path):
    readers(300, domains=10)

    def play(stage: str, address: str) -> Act:
        is_slow = stage == "rcpt" and address.endswith("@d3.example")
        return Act(reply="450 4.7.1 Error: too much mail") if is_slow else OK

    with SmtpSink(play=play, keep_bodies=False) as sink:
        run = send_for(sink, 20, tmp_path)
    assert run.counts["sent"] == 270
    late = Delivery.objects.filter(subscriber__email__endswith="@d3.example")
    assert set(late.values_list("state", flat=True)) == {"deferred"}
    assert not SendingPace.objects.exists()


def test_greylisting_is_no_cap(readers, tmp_path):
    readers(60, domains=2)
    seen: set[str] = set()

    def play(stage: str, address: str) -> Act:
        if stage == "rcpt" and address not in seen:
            seen.add(address)
            return Act(reply="451 4.7.1 Greylisting in action, please come back later")
        return OK

    with SmtpSink(play=play, keep_bodies=False) as sink:
        send_for(sink, 10, tmp_path)
        assert not SendingPace.objects.exists()
        assert set(Delivery.objects.values_list("state", "attempts")) == {("deferred", 1)}
        Delivery.objects.update(retry_at=timezone.now())
        send_for(sink, 10, tmp_path)
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 2)}


def test_a_server_that_greets_with_no_is_left_alone_and_costs_no_attempt(readers, tmp_path, caplog):
    from tests.subscriptions.delivery.test_connections import script

    readers(20)
    with script(b"421 4.7.0 Too many connections\r\n") as (port, _):
        sink = SmtpSink(port=port)
        run = send_for(sink, 0.5, tmp_path)
    assert "421" in run.problem
    assert set(Delivery.objects.values_list("state", "attempts")) == {("deferred", 0)}
    row = SendingPace.objects.get()
    assert row.until is not None
    assert "Too many connections" in row.problem


def test_the_pace_is_learned_by_all_senders_and_recovers(db):
    begun = NOW - timedelta(seconds=20)
    until = slowdown.slow_down("450 too much", asked_seconds=0, taken=100, begun_at=begun, now=NOW)
    assert until == NOW + timedelta(seconds=1)
    assert slowdown.slow_down("450", asked_seconds=0, taken=50, begun_at=begun, now=NOW) == until, (
        "one pause for all"
    )
    for expected in (2, 4, 8, 16):
        now = until
        until = slowdown.slow_down("450 too much", asked_seconds=0, taken=0, begun_at=begun, now=now)
        assert until == now + timedelta(seconds=expected)
    assert slowdown.current_slowdown(NOW).is_trial
    resumed = slowdown.resume(until)
    assert resumed.rate == pytest.approx(100 / (20 + 31))
    assert not resumed.is_trial
    assert slowdown.current_slowdown(until + timedelta(minutes=10)).rate == pytest.approx(2 * resumed.rate)
    assert slowdown.current_slowdown(until + timedelta(hours=3)).rate == 0
    longest = slowdown.slow_down("450", asked_seconds=10**6, taken=0, begun_at=begun, now=until)
    assert longest == until + timedelta(hours=1)


def test_the_operator_is_told_at_the_desk(db, admin_client):
    slowdown.slow_down(
        "The mail server takes no more: 450 4.7.1 too much mail.",
        asked_seconds=300,
        taken=0,
        begun_at=NOW,
        now=timezone.now(),
    )
    assert "450 4.7.1 too much mail" in admin_client.get("/admin/").content.decode()
