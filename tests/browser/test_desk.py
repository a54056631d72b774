"""The desk in a real browser: an editor's morning, an operator's bad day, and what axe-core says of it."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog, Page

from newsletter.arxiv.calendar import latest_day
from newsletter.intake import days as intake_days
from newsletter.models import Edition, IntakeDay, SourceHealth, Summary, SummaryAttempt, Topic
from newsletter.records import StageReport
from subscriptions.delivery import enqueue
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.digests.demand import publish_demand
from subscriptions.models import Delivery, Vote
from subscriptions.picks import Pick, Picks, Team, for_topic
from subscriptions.roles import write_roles
from tests.browser.axe import GRAVE, violations
from tests.factories import make_edition, make_paper, make_reading, make_subscriber, make_summary
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long password of the desk"
SHOTS = os.environ.get("DESK_SCREENSHOTS", "")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")


@pytest.fixture
def sink(settings):
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        yield server


@pytest.fixture
def noon() -> Iterator[None]:
    """Noon of the newest list's day: what the desk says of the sources depends on the day and the hour."""
    day = latest_day(timezone.now())
    with time_machine.travel(datetime.combine(day, time(12), tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def log_in(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """A page of the desk after the login form, as a person of a role."""

    def go(role: str, **options: object) -> Page:
        write_roles(Group, Permission, ContentType)
        user = User.objects.create_user(role, f"{role}@example.org", PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        page = open_page(
            "/admin/login/?next=/admin/", **{"viewport": {"width": 1400, "height": 1000}, **options}
        )
        page.fill("[name=username]", role)
        page.fill("[name=password]", PASSWORD)
        press(page, "#login-form [type=submit]")
        return page

    return go


@pytest.fixture
def edition(site: str) -> Edition:
    topic = Topic.objects.get(slug="robotics")
    day = timezone.now().date()
    titles = [
        "Robots that fold shirts",
        "Grasping without touch",
        "A wrong paper",
        "Learning to walk in snow",
    ]
    papers = [
        make_paper(day=day, title=title, votes=40 - 7 * at, code_url="https://example.org/code")
        for at, title in enumerate(titles)
    ]
    for paper in papers:
        make_summary(paper)
        make_summary(paper, "ko", sentence=f"{paper.arxiv_id} 논문이 밝힌 것을 한 문장으로 적습니다.")
    make_subscriber("ada@example.org", topics=[topic], language="ko", next_due_at=timezone.now())
    make_subscriber("bea@example.org", topics=[topic], next_due_at=timezone.now())
    publish_demand()
    return make_edition(topic, papers, day=day, state="draft", approved_at=None)


def press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.locator(selector).first.click()


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def path_of(name: str, *arguments: object) -> str:
    return reverse(f"admin:{name}", args=arguments)


def test_an_editors_morning(log_in, edition, sink):
    page = log_in("editor")
    shoot(page, "today-editor")
    press(page, "text=Robotics")
    shoot(page, "edition")

    press(page, "button[value=hold]")
    edition.refresh_from_db()
    assert edition.state == "held"

    press(page, "a.badge:has-text('ko: ready') >> nth=0")
    shoot(page, "summary")
    page.hover(".point >> nth=0")
    assert page.locator(".source mark.lit").count() == 1
    page.fill("#text-1", "셔츠를 개는 로봇이 시험 세트에서 91.5%를 기록했습니다.")
    press(page, "button:has-text('Save as my version')")
    summary = Summary.objects.get(language="ko", paper__title="Robots that fold shirts")
    assert (summary.author, summary.takeaways[0]["text"][:2]) == ("editor", "셔츠")

    page.goto(path_of("newsletter_edition_change", edition.pk))
    card = "li[aria-label*='{}'] "
    press(page, card.format("snow") + "button[value=pin]")
    press(page, card.format("wrong") + "button[value=hide]")
    page.fill("#note-ko", "오늘은 로봇 이야기가 많습니다.")
    press(page, "button[value=note]")
    order = [row.paper.title for row in edition.entries.select_related("paper")]
    assert order[0] == "Learning to walk in snow"

    press(page, "a:has-text('Preview')")
    page.select_option("#language", "ko")
    press(page, "button:has-text('Show')")
    press(page, "a:has-text('Phone')")
    mail = page.frame_locator("iframe.phone")
    assert mail.locator("text=오늘은 로봇 이야기가 많습니다.").count() == 1
    assert mail.locator("text=A wrong paper").count() == 0
    shoot(page, "preview-phone")
    press(page, "button:has-text('Send a test')")
    assert list(sink.recipients) == ["editor@example.org"]

    page.goto(path_of("newsletter_edition_change", edition.pk))
    press(page, "button[value=approve]")
    call_command("send_digests", "--at", timezone.now().isoformat())
    edition.refresh_from_db()
    assert edition.state == "frozen"
    assert sorted(sink.recipients) == ["ada@example.org", "bea@example.org", "editor@example.org"]
    page.reload()
    assert page.locator("button[value=pin]").count() == 0


def test_papers_are_moved_with_the_keyboard_and_by_dragging(log_in, edition):
    page = log_in("editor")
    page.goto(path_of("newsletter_edition_change", edition.pk))
    first = [entry.pk for entry in edition.entries.order_by("position")]
    page.focus(f"#entry-{first[1]}")
    with page.expect_navigation():
        page.keyboard.press("Alt+ArrowUp")
    assert page.evaluate("document.activeElement.id") == f"entry-{first[1]}"
    assert [entry.pk for entry in edition.entries.order_by("position")][:2] == [first[1], first[0]]
    with page.expect_navigation():
        page.drag_and_drop(f"#entry-{first[3]} .place", f"#entry-{first[1]} .place")
    assert edition.entries.order_by("position").first().pk == first[3]
    with page.expect_navigation():
        page.focus(f"#entry-{first[0]}")
        page.keyboard.press("h")
    assert edition.entries.get(pk=first[0]).is_hidden


def accept_into(kinds: list[str]) -> Callable[[Dialog], None]:
    """A handler that accepts each dialog and notes its kind."""

    def accept(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.accept()

    return accept


def test_an_operators_bad_day(noon, log_in, edition, settings, sink, monkeypatch):
    now, day = timezone.now(), timezone.now().date()
    SourceHealth.objects.create(source="arxiv", last_error="The API answers 503.", last_error_at=now)
    settings.DAILY_TOKEN_BUDGET = 1000
    SummaryAttempt.objects.create(
        summary=Summary.objects.earliest("pk"),
        prompt_version="1",
        model="m",
        prompt_tokens=990,
        at=now,
        cost="0.12",
    )
    for at in range(3):
        reader = make_subscriber(topics=[edition.topic])
        Delivery.objects.create(
            subscriber=reader, day=day, state="uncertain", language="en", created_at=now, subject=f"Mail {at}"
        )
    page = log_in("operator")
    shoot(page, "today")
    needs = page.locator("section[aria-labelledby=person]")
    assert "but fetching them failed (The API answers 503.)" in needs.inner_text()
    assert "99% of the day" in needs.inner_text()

    # The source is asked again, and has it now.
    def arrives(wanted, *, now):
        IntakeDay.objects.update_or_create(source="arxiv", day=wanted, defaults={"state": "done", "at": now})
        return StageReport({"papers": 1})

    monkeypatch.setattr(intake_days, "take_in", arrives)
    press(page, "a:has-text('fetching them failed')")
    press(page, "button:has-text('Ask the sources now')")
    # The budget is raised for the day.
    page.goto("/admin/")
    press(page, "a:has-text('Settings of the day')")
    page.fill("[name=tokens_a_day]", "500000")
    press(page, "[name=_save]")
    page.goto("/admin/")
    assert "tokens are used" not in needs.inner_text()
    assert "failed" not in needs.inner_text()

    # The day is paused; what is uncertain is settled: one by hand, the rest at once.
    press(page, "a:has-text('3 uncertain deliveries')")
    shoot(page, "deliveries")
    press(page, "button[value=pause]")
    page.locator("tr:has-text('Mail 0') input[name=_selected_action]").check()
    page.select_option("select[name=action]", "settle_again")
    press(page, "button[name=index]")
    assert Delivery.objects.get(subject="Mail 0").state == "queued"
    press(page, "button[value=arrived]")
    assert Delivery.objects.filter(state="sent").count() == 2

    # A wrong paper stands in digests that are queued already: an editor takes it out before the day goes on.
    Edition.objects.update(state="approved", approved_at=now)
    enqueue(now)
    call_command("send_digests", "--at", now.isoformat())
    assert sink.bodies == []
    writer = log_in("editor")
    writer.goto(path_of("newsletter_edition_change", edition.pk))
    wrong = edition.entries.get(paper__title="A wrong paper")
    assert writer.locator("button[value=hide]").count() == 0  # the edition is frozen
    press(writer, f"#entry-{wrong.pk} button[value=recall]")
    page.goto(path_of("subscriptions_delivery_changelist"))
    press(page, "button[value=resume]")
    call_command("send_digests", "--at", now.isoformat())
    assert len(sink.bodies) >= 2
    assert not any(b"A wrong paper" in body for body in sink.bodies)


@pytest.mark.any_database
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_pages_of_our_own(log_in, edition, scheme):
    IntakeDay.objects.create(source="arxiv", day=edition.day, state="done", at=timezone.now(), reason="Late.")
    reader = make_subscriber(topics=[edition.topic])
    Delivery.objects.create(
        subscriber=reader, day=edition.day, state="sent", language="en", created_at=timezone.now()
    )
    summary = Summary.objects.earliest("pk")
    reading = make_reading(summary.paper, "ar")
    edition.entries.filter(paper__title="A wrong paper").update(is_hidden=True)
    page = log_in("owner", color_scheme=scheme)
    found = []
    paths = [
        path_of("index"),
        path_of("newsletter_edition_change", edition.pk),
        path_of("newsletter_edition_day", edition.day),
        path_of("newsletter_summary_change", summary.pk),
        path_of("newsletter_reading_change", reading.pk) + "?language=ar",
        path_of("newsletter_topic_tester") + "?query=robots",
        path_of("subscriptions_delivery_preview") + f"?edition={edition.pk}",
        path_of("subscriptions_delivery_reach", summary.paper_id),
        path_of("subscriptions_subscriber_change", reader.pk),
        path_of("subscriptions_delivery_changelist"),
    ]
    for at, path in enumerate(paths):
        page.goto(path)
        shoot(page, f"{scheme}-{at}")
        # Of our own making is what stands in .desk; the frame around it is the theme's.
        graves = violations(page, rules=RULES, within=".desk", impacts=GRAVE)
        found += [f"{path} {each}" for each in graves]
    assert found == []


def test_a_note_that_was_typed_survives_another_button_and_a_link(log_in, edition):
    page = log_in("editor")
    where = page.url.partition("/admin/")[0] + reverse("admin:newsletter_edition_change", args=[edition.pk])
    asked: list[str] = []
    page.on("dialog", accept_into(asked))

    page.goto(where)
    with page.expect_response("**/admin/draft/"):
        page.fill("#note-en", "Typed, and then a button")
    press(page, "button[value=hold]")
    assert page.input_value("#note-en") == "Typed, and then a button"
    assert asked == [], "a button of the desk asks nothing: the draft is kept"

    page.fill("#note-en", "Typed, and then a link")
    page.goto(page.url.partition("/admin/")[0] + "/admin/")
    assert asked == ["beforeunload"]
    page.goto(where)
    assert page.input_value("#note-en") == "Typed, and then a link"
    assert not Edition.objects.get(pk=edition.pk).note

    press(page, "button[value=note]")
    assert Edition.objects.get(pk=edition.pk).note == {"en": "Typed, and then a link"}
    page.goto(where)
    assert "not saved yet" not in page.content()


def test_without_script_a_note_survives_any_other_button(log_in, edition):
    page = log_in("editor", java_script_enabled=False)
    where = path_of("newsletter_edition_change", edition.pk)
    entry = edition.entries.order_by("position")[1]
    page.goto(where)
    page.fill("#note-en", "Typed, and then a button")
    page.fill("#arxiv-id", "2403.0")
    for button in ("button[value=hold]", f"#entry-{entry.pk} button[value=pin]", "button:has-text('Down')"):
        press(page, button)
        assert page.input_value("#note-en") == "Typed, and then a button"
        assert page.input_value("#arxiv-id") == "2403.0"
    assert edition.entries.get(pk=entry.pk).is_pinned
    assert "not saved yet" in page.content()
    with page.expect_navigation():
        page.press("#arxiv-id", "Enter")  # adds the paper, or says why not; it presses no other button
    edition.refresh_from_db()
    assert (edition.state, edition.note) == ("held", {})
    assert page.input_value("#note-en") == "Typed, and then a button"
    press(page, "button[value=note]")
    edition.refresh_from_db()
    assert edition.note == {"en": "Typed, and then a button"}
    assert page.input_value("#arxiv-id") == "2403.0"
    press(page, "button[value=discard]")
    assert page.input_value("#arxiv-id") == ""


def test_without_script_an_edited_sentence_survives_a_request_for_another_answer(log_in, edition):
    page = log_in("editor", java_script_enabled=False)
    summary = Summary.objects.filter(language="en").earliest("pk")
    Summary.objects.filter(pk=summary.pk).update(author="model")
    page.goto(path_of("newsletter_summary_change", summary.pk))
    page.fill("#sentence", "An edited sentence")
    page.fill("#hint", "Say on what.")
    press(page, "button[value=again]")
    assert page.input_value("#sentence") == "An edited sentence"
    assert page.input_value("#hint") == ""


def test_a_topic_that_was_typed_survives_a_link_and_a_reason_about_a_reader_is_only_asked_about(
    log_in, edition
):
    page = log_in("owner")
    asked: list[str] = []
    page.on("dialog", accept_into(asked))
    where = path_of("newsletter_topic_change", edition.topic_id)
    page.goto(where)
    page.fill("[name=query]", "robots OR arms")
    page.goto("/admin/")
    assert asked == ["beforeunload"]
    page.goto(where)
    assert page.input_value("[name=query]") == "robots OR arms"
    press(page, "[name=_save]")
    assert asked == ["beforeunload"]
    assert not page.locator(".errornote, .errorlist").all_inner_texts()
    edition.topic.refresh_from_db()
    assert edition.topic.query == "robots OR arms"

    reader = path_of("subscriptions_subscriber_change", make_subscriber().pk)
    page.goto(reader)
    page.fill("#reason", "Wrote to us")
    page.goto("/admin/")
    assert asked == ["beforeunload", "beforeunload"]
    page.goto(reader)
    assert page.input_value("#reason") == ""


def test_an_operator_sees_whether_ranking_helps(log_in, edition):
    now, papers = timezone.now(), [entry.paper for entry in edition.entries.order_by("position")]
    teams = (Team.TASTE, Team.EVERYBODY, Team.TASTE, Team.EVERYBODY)
    picks = Picks(
        papers=tuple(
            Pick(paper.pk, (for_topic(edition.topic_id),), team)
            for paper, team in zip(papers, teams, strict=True)
        )
    )
    for number in range(15):
        reader, at = make_subscriber(), now - timedelta(days=1 + number // 12)
        Delivery.objects.create(
            subscriber=reader, day=at.date(), state="sent", picks=picks, language="en", created_at=at
        )
        for place, paper in enumerate(papers):
            value = -1 if (place + number) % 3 else 1
            Vote.objects.create(subscriber=reader, paper=paper, value=value, at=at + timedelta(minutes=place))
    page = log_in("operator")
    page.locator("a:has-text('Does ranking help?')").first.click(force=True)
    page.wait_for_url("**/ranking/")
    shoot(page, "ranking")
    trial = page.locator("section[aria-labelledby=trial]").inner_text()
    assert "preferred their own order" in trial
    assert page.locator("svg.desk-chart rect").count() >= 5
    assert "fewer than ten readers" in page.locator("section[aria-labelledby=days]").inner_text()
    assert violations(page, rules=RULES, impacts=GRAVE) == []
