"""Every stage meets one bad item among ten: it sets that aside with its reason, and does the other nine.

``STAGES`` names each periodic task and each command with the test that puts its poison in; one without a line
here fails the last test.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from newsletter.models import SetAside
from newsletter.set_aside import StageDown
from subscriptions import consent, delivery, stages
from subscriptions.delivery import audience, ledger
from subscriptions.links import token
from subscriptions.models import Delivery, SignUp, Subscriber
from subscriptions.tasks import receive_sign_ups, tend_readers
from subscriptions.wishes import Wishes
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
TEN = range(10)


def set_aside(stage) -> list[str]:
    """What of ``stage`` waits for a person."""
    return list(SetAside.objects.filter(stage=stage.slug).values_list("item", flat=True))


@pytest.fixture
def readers():
    """Ten readers of a topic with an edition; the seventh's searches are no texts."""
    topic = make_topic()
    make_edition(topic, [make_paper(), make_paper()])
    made = [make_subscriber(topics=[topic]) for _ in TEN]
    Subscriber.objects.filter(pk=made[6].pk).update(queries=[{"not": "a text"}])
    return made


def test_a_digest_that_cannot_be_chosen(readers):
    assert delivery.enqueue(NOW) == {"queued": 9, "set_aside": 1}
    assert set_aside(stages.CHOOSING) == [f"reader {readers[6].pk}"]
    assert Delivery.objects.count() == 9
    assert delivery.enqueue(NOW + timedelta(minutes=1)) == {}
    Subscriber.objects.filter(pk=readers[6].pk).update(queries=[])
    assert delivery.enqueue(NOW + timedelta(minutes=20)) == {"queued": 1}
    assert set_aside(stages.CHOOSING) == []


def test_nobody_is_set_aside_when_choosing_fails_for_everybody(readers, monkeypatch):
    def fail(*_, **__):
        raise LookupError("no shelf")

    with pytest.raises(StageDown, match="no shelf"):
        audience.enqueue(NOW, choose=fail)
    assert set_aside(stages.CHOOSING) == [""]
    assert Subscriber.objects.due(NOW).count() == 10


def test_a_zone_that_nobody_knows(readers, client):
    Subscriber.objects.filter(pk=readers[6].pk).update(queries=[], time_zone="Mars/Olympus_Mons")
    assert delivery.enqueue(NOW) == {"queued": 10}
    row = SetAside.objects.get()
    assert (row.stage, row.item) == ("zones", f"reader {readers[6].pk}")
    assert "Mars/Olympus_Mons" in row.reason
    reader = Subscriber.objects.get(pk=readers[6].pk)
    page = client.get(reverse("preferences", args=[token(reader, "preferences")]))
    assert page.status_code == 200
    assert '<option value="UTC" selected>' in page.content.decode()
    consent.change(reader, Wishes(topics=(), time_zone="Europe/Kyiv"), now=NOW, next_due_at=NOW)
    assert set_aside(stages.ZONES) == []


def test_a_form_that_cannot_be_received():
    wishes = Wishes(topics=()).as_json()
    for number in TEN:
        SignUp.objects.create(
            email=f"reader{number}@example.org",
            wishes=wishes if number != 6 else {"hour": "never"},
            language="en",
            text_version="1",
            at=NOW,
        )
    assert receive_sign_ups() == 9
    bad = SignUp.objects.get()
    assert set_aside(stages.SIGN_UPS) == [f"sign-up {bad.pk}"]
    assert Subscriber.objects.count() == 9
    assert tend_readers()["received"] == 0


def test_a_pause_that_cannot_end(monkeypatch):
    made = [make_subscriber(state="paused", paused_until=DAY, next_due_at=None) for _ in TEN]
    wake = consent.resume

    def resume(reader, **about):
        if reader.pk == made[6].pk:
            raise KeyError("its history")
        return wake(reader, **about)

    monkeypatch.setattr(consent, "resume", resume)
    assert consent.wake(NOW) == 9
    assert set_aside(stages.WAKING) == [f"reader {made[6].pk}"]


def test_a_lease_that_cannot_be_swept(monkeypatch):
    leases = []
    for _ in TEN:
        reader = make_subscriber()
        Delivery.objects.create(subscriber=reader, day=DAY, language="en", created_at=NOW)
        [row] = ledger.claim(now=NOW, size=1)
        leases.append(row.lease)
    Delivery.objects.update(lease_until=NOW - timedelta(hours=1))
    sweep = ledger._sweep_claimed

    def sweep_claimed(lease, **about):
        if lease == leases[6]:
            raise ValueError("its mark")
        return sweep(lease, **about)

    monkeypatch.setattr(ledger, "_sweep_claimed", sweep_claimed)
    counts = ledger.sweep(now=NOW, marks=None, promise=None)
    assert counts == {"queued": 9}
    assert set_aside(stages.SWEEPING) == [f"lease {leases[6]}"]
