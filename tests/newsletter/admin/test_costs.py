"""What models cost, as the desk shows it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from newsletter.llm.budget import costs, spent_tokens
from newsletter.models import Reading, ReadingCall, SummaryAttempt, SummaryBatch
from tests.factories import make_paper, make_summary

pytestmark = pytest.mark.django_db


def call(language, *, at, model="small", dollars="0.25", summary=None):
    row = summary or make_summary(make_paper(), language)
    return SummaryAttempt.objects.create(
        summary=row, model=model, at=at, prompt_tokens=1000, completion_tokens=10, cost=Decimal(dollars)
    )


def read(*, at):
    paper = make_paper()
    row = Reading.objects.create(paper=paper, chosen="votes", wanted_at=at, paper_version=1)
    ReadingCall.objects.create(
        reading=row, purpose="facts", model="large", at=at, prompt_tokens=5000, completion_tokens=50, cost=2
    )


def test_costs_are_summed_by_utc_day_language_model_and_purpose():
    noon = datetime(2026, 3, 18, 12, tzinfo=UTC)
    call("ko", at=noon)
    call("ko", at=noon + timedelta(hours=11, minutes=59))
    call("ko", at=noon, model="large")
    call("ko", at=noon + timedelta(hours=12))
    read(at=noon)
    found = costs(noon.date(), noon.date() + timedelta(days=1))
    assert [(row.day.day, row.purpose, row.language, row.model, row.calls, row.dollars) for row in found] == [
        (19, "summaries", "ko", "small", 1, Decimal("0.25")),
        (18, "readings", "", "large", 1, Decimal(2)),
        (18, "summaries", "ko", "large", 1, Decimal("0.25")),
        (18, "summaries", "ko", "small", 2, Decimal("0.5")),
    ]
    assert spent_tokens(noon.date()) == 3 * 1010 + 5050


def test_the_desk_has_a_table_and_the_first_page_counts_all_of_it(client):
    now = timezone.now()
    call("ko", at=now, model="<b>small</b>")
    read(at=now)
    SummaryBatch.objects.create(model="small", summaries=[1, 2], tokens=4000, sent_at=now)
    client.force_login(User.objects.create_superuser("owner", "owner@example.org", "a long password"))
    page = client.get(reverse("admin:newsletter_summaryattempt_changelist")).content.decode()
    assert "2.25 $ in the last 31 days" in page
    assert "&lt;b&gt;small&lt;/b&gt;" in page
    assert (
        "being handed in" in client.get(reverse("admin:newsletter_summarybatch_changelist")).content.decode()
    )
    assert "2.25 $ today, 6,060 of" in client.get(reverse("admin:index")).content.decode()


def test_who_may_not_look_at_content_sees_no_costs(client):
    client.force_login(User.objects.create_user("guest", is_staff=True))
    assert client.get(reverse("admin:newsletter_summaryattempt_changelist")).status_code == 403
