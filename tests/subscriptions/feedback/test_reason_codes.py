"""What a row's reason is to the program stands in its code; the sentence beside it may say anything."""

import re
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from subscriptions.delivery.operator_actions import retry_failed
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryReason
from tests.factories import make_subscriber

ROOT = Path(__file__).resolve().parents[3]


def row(reason: str, *, code: str = "", state: str = "failed") -> Delivery:
    now = timezone.now()
    return Delivery.objects.create(
        subscriber=make_subscriber(), day=now.date(), state=state, reason=reason, reason_code=code,
        language="en", created_at=now,
    )  # fmt: skip


@pytest.mark.django_db
def test_what_came_back_is_not_tried_again_whatever_its_sentence_says():
    bounced = row("zurückgekommen: unbekannt", code=DeliveryReason.CAME_BACK)
    other = row("came back empty-handed from the template")
    assert retry_failed(Delivery.objects.all(), now=timezone.now()) == 1
    assert Delivery.objects.get(pk=bounced.pk).state == "failed"
    assert Delivery.objects.get(pk=other.pk).state == "queued"


@pytest.mark.django_db
def test_the_database_knows_the_codes():
    with pytest.raises(IntegrityError), transaction.atomic():
        row("x", code="whatever")


@pytest.mark.django_db
def test_rows_of_before_get_their_codes_from_their_sentences(monkeypatch):
    migration = import_module("subscriptions.migrations.0010_reason_codes_of_old_rows")
    monkeypatch.setattr(migration, "STRETCH", 2)
    wanted = {
        row("came back: unknown user").pk: "came-back",
        row("waits for its domain's turn", state="deferred").pk: "has-slot",
        row("no message could be made: no papers").pk: "unmade",
        row("refused by the mail server").pk: "",
        row("", state="sent").pk: "",
        row("it came back").pk: "",
    }
    migration.write_codes(apps, SimpleNamespace(connection=connection))
    assert dict(Delivery.objects.values_list("pk", "reason_code")) == wanted


PROSE = re.compile(
    r"reason__(?:i?startswith|i?contains|i?exact|i?regex|endswith)"
    r"|\.reason\.(?:starts|ends)with"
    r"|(?<!\bverdict)\.reason == [\"A-Z]"
)


def test_no_code_of_ours_looks_into_the_sentence_of_a_reason():
    """Nowhere, but where a verdict's own words are judged."""
    modules = [*(ROOT / "subscriptions").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
    found = {
        f"{file.name}: {match[0]}"
        for file in modules
        if "migrations" not in file.parts
        for match in PROSE.finditer(file.read_text(encoding="utf-8"))
    }
    assert found == set()
