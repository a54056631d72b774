"""The settings of the day: data at the desk, checked, in force at once."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from newsletter import tasks
from newsletter.day_rules import current_rules, offered_languages
from newsletter.desk.sheet import load_sheet
from newsletter.models import DaySettings, Edition
from tests.factories import make_edition, make_paper, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def desk(client):
    client.force_login(User.objects.create_superuser("editor", "editor@example.org", "a long password"))
    return client


def save(desk, **fields):
    return desk.post(reverse("admin:newsletter_daysettings_change", args=[1]), fields)


def test_without_a_word_from_the_desk_the_environment_counts(settings):
    settings.AUTO_APPROVE_HOUR, settings.LATE_SUMMARIES = 7, "next-day"
    rules = current_rules()
    assert (rules.approve_hour, rules.late_summaries, rules.edition_size) == (7, "next-day", 60)
    assert len(rules.languages) == 16


def test_what_the_desk_says_counts_and_empty_fields_stay_as_they_were(desk, settings):
    assert save(desk, approve_hour="0", languages=["en", "ko"]).status_code == 302
    rules = current_rules()
    assert (rules.approve_hour, rules.edition_size) == (0, settings.EDITION_SIZE)
    assert rules.languages == ("en", "ko")


@pytest.mark.parametrize(
    "wrong",
    [{"approve_hour": "24"}, {"edition_size": "0"}, {"tokens_a_day": "-1"}, {"languages": ["xx"]}],
)
def test_what_cannot_be_is_refused_at_its_field(desk, wrong):
    answer = save(desk, **wrong)
    assert set(answer.context["adminform"].form.errors) == set(wrong)
    assert not DaySettings.objects.exists()


def test_looking_at_the_page_makes_no_row(desk):
    assert desk.get(reverse("admin:newsletter_daysettings_changelist"), follow=True).status_code == 200
    assert not DaySettings.objects.exists()
    assert desk.get(reverse("admin:newsletter_daysettings_change", args=[2])).status_code == 302


def test_the_next_tick_composes_and_approves_by_them(desk):
    today, hour = timezone.now().date(), timezone.now().hour
    topic = make_topic(query="study", categories=["cs.LG"])
    for _ in range(4):
        make_paper(day=today)
    save(desk, edition_size="3")
    tasks.compose_due()
    edition = Edition.objects.get(topic=topic, day=today)
    assert edition.entries.count() == 4
    assert len(load_sheet(edition).cards) == 3
    Edition.objects.all().delete()
    waiting = make_edition(topic, [], day=today, state="draft", approved_at=None)
    if hour < 23:
        save(desk, approve_hour=str(hour + 1))
        assert tasks.approve_due() == 0
    save(desk, approve_hour=str(hour))
    assert tasks.approve_due() == 1
    waiting.refresh_from_db()
    assert waiting.state == "approved"


def test_forms_offer_the_languages_that_the_desk_ticked(desk):
    save(desk, languages=["en", "ko"])
    cache.delete("offered-languages")
    assert offered_languages() == ("en", "ko")
    page = desk.get("/").content.decode()
    cache.delete("offered-languages")
    assert '<option value="ko"' in page
    assert '<option value="de"' not in page


def test_a_change_is_in_the_log(desk):
    save(desk, approve_hour="6")
    history = desk.get(reverse("admin:newsletter_daysettings_history", args=[1])).content.decode()
    assert "auto-approval hour" in history.lower()
