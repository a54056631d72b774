"""The desk of the people: who may do what, what is masked, and what the operator's buttons do."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from newsletter.desk.site import DeskSite
from newsletter.models import IntakeDay, Reading, SourceHealth
from subscriptions.delivery import holds
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.models import (
    ConsentEvent,
    DayHold,
    Delivery,
    DeliveryEvent,
    SendingHold,
    Subscriber,
    Suppression,
)
from subscriptions.roles import ROLES, write_roles
from tests.factories import make_edition, make_paper, make_subscriber, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ALL = {"editor", "operator", "owner"}
PEOPLE = {"operator", "owner"}


@pytest.fixture
def roles():
    write_roles(Group, Permission, ContentType)
    return {role: Group.objects.get(name=role) for role in ROLES}


@pytest.fixture
def enter(client, roles):
    def go(role):
        user = User.objects.create_user(role, f"{role}@example.org", "a long password", is_staff=True)
        user.groups.add(roles[role])
        client.force_login(user)
        return client

    return go


@pytest.fixture
def world():
    """One of everything, and the address of each page and act: name → (method, path, data)."""
    topic, paper = make_topic(), make_paper()
    summary = make_summary(paper)
    edition = make_edition(topic, [paper], day=timezone.now().date(), state="draft", approved_at=None)
    reading = Reading.objects.create(paper=paper, state="ready", origin="html", wanted_at=timezone.now())
    reader = make_subscriber("ada@example.org", topics=[topic])
    day = timezone.now().date()
    Delivery.objects.create(
        subscriber=reader, day=day, state="failed", reason="refused", language="en", created_at=timezone.now()
    )

    def get(name, *arguments, **query):
        return "get", reverse(f"admin:{name}", args=arguments), query

    def post(name, *arguments, **data):
        return "post", reverse(f"admin:{name}", args=arguments), data

    steer = ("subscriptions_delivery_steer", day)
    tend = ("subscriptions_subscriber_act", reader.pk)
    return {
        "today": (ALL, *get("index")),
        "editions": (ALL, *get("newsletter_edition_changelist")),
        "edition": (ALL, *get("newsletter_edition_change", edition.pk)),
        "all of the day": (ALL, *get("newsletter_edition_day", edition.day)),
        "act on day": (
            {"editor", "owner"},
            *post("newsletter_edition_day_act", edition.day, act="hold", revision=0),
        ),
        "log": (ALL, *get("newsletter_editionchange_changelist")),
        "source health": (ALL, *get("newsletter_sourcehealth_changelist")),
        "ask the sources": (PEOPLE, *post("newsletter_sourcehealth_ask")),
        "settings of the day": (ALL, *get("newsletter_daysettings_change", 1)),
        "change settings": (ALL, *post("newsletter_daysettings_change", 1, approve_hour=6)),
        "summaries": (ALL, *get("newsletter_summary_changelist")),
        "summary": (ALL, *get("newsletter_summary_change", summary.pk)),
        "readings": (ALL, *get("newsletter_reading_changelist")),
        "reading": (ALL, *get("newsletter_reading_change", reading.pk)),
        "act on reading": ({"editor", "owner"}, *post("newsletter_reading_act", reading.pk, act="hide")),
        "papers": (ALL, *get("newsletter_paper_changelist")),
        "paper": (ALL, *get("newsletter_paper_change", paper.pk)),
        "tester": (ALL, *get("newsletter_topic_tester")),
        "sources": (ALL, *get("newsletter_intakeday_changelist")),
        "preview": (ALL, *get("subscriptions_delivery_preview", edition=edition.pk)),
        "preview mail": (ALL, *get("subscriptions_delivery_preview_mail", edition=edition.pk)),
        "add topic": ({"editor", "owner"}, *get("newsletter_topic_add")),
        "add term": ({"editor", "owner"}, *get("newsletter_glossaryterm_add")),
        "act on edition": (
            {"editor", "owner"},
            *post("newsletter_edition_act", edition.pk, act="hold", revision=0),
        ),
        "approve day": ({"editor", "owner"}, *post("newsletter_edition_approve_day", day)),
        "act on summary": (
            {"editor", "owner"},
            *post("newsletter_summary_act", summary.pk, act="again"),
        ),
        "readers": (PEOPLE, *get("subscriptions_subscriber_changelist")),
        "reader": (PEOPLE, *get("subscriptions_subscriber_change", reader.pk)),
        "reader's preview": (PEOPLE, *get("subscriptions_delivery_preview", reader=reader.pk)),
        "reach": (PEOPLE, *get("subscriptions_delivery_reach", paper.pk)),
        "deliveries": (PEOPLE, *get("subscriptions_delivery_changelist")),
        "consent": (PEOPLE, *get("subscriptions_consentevent_changelist")),
        "bounces": (PEOPLE, *get("subscriptions_deliveryevent_changelist")),
        "suppressed": (PEOPLE, *get("subscriptions_suppression_changelist")),
        "retry": (PEOPLE, *post(*steer, act="retry")),
        "pause": (PEOPLE, *post(*steer, act="pause")),
        "resume": (PEOPLE, *post(*steer, act="resume")),
        "settle": (PEOPLE, *post(*steer, act="arrived")),
        "cancel": (PEOPLE, *post(*steer, act="cancel")),
        "what holds sending": (PEOPLE, *get("subscriptions_delivery_holds")),
        "release": (PEOPLE, *post("subscriptions_delivery_release", kind="bounces")),
        "who may miss a digest": (PEOPLE, *get("subscriptions_delivery_missed")),
        "settle these": (PEOPLE, *post("subscriptions_delivery_settle_missed", act="leave", count=0)),
        "export": ({"owner"}, *post("subscriptions_subscriber_export", reader.pk)),
        "unsubscribe": (PEOPLE, *post(*tend, act="unsubscribe", reason="asked by mail")),
        "suppress": (PEOPLE, *post(*tend, act="suppress", reason="asked by mail")),
        "audit log": (PEOPLE, *get("admin_logentry_changelist")),
        "staff": ({"owner"}, *get("auth_user_changelist")),
        "erase": ({"owner"}, *post(*tend, act="erase", reason="asked by mail")),
    }


@pytest.mark.parametrize("role", sorted(ALL))
def test_each_role_may_do_its_own_and_nothing_else(enter, world, role):
    client = enter(role)
    wrong = []
    for name, (allowed, method, path, data) in world.items():
        status = getattr(client, method)(path, data).status_code
        may = status in (200, 302, 303)
        if may != (role in allowed) or status not in (200, 302, 303, 403):
            wrong.append((name, status))
    assert wrong == []


@pytest.mark.parametrize("role", sorted(ALL))
def test_every_list_and_form_of_the_admin_asks_for_its_permission(enter, world, role):
    """Whatever is registered, now or later: no list without view, no form without add, change or delete."""
    client, wrong = enter(role), []
    for model in admin.site._registry:
        about = model._meta
        if about.app_label not in ("newsletter", "operations", "subscriptions", "auth", "admin"):
            continue
        row = model._default_manager.first()
        for page, needs in (("changelist", "view"), ("add", "add"), ("delete", "delete")):
            if page == "delete" and row is None:
                continue
            arguments = [row.pk] if page == "delete" and row else []
            path = reverse(f"admin:{about.app_label}_{about.model_name}_{page}", args=arguments)
            status = client.get(path).status_code
            may = f"{about.app_label}.{needs}_{about.model_name}" in ROLES[role]
            # What is granted may still be refused: nobody adds a paper by hand.
            if (
                status not in (200, 302, 403)
                or (status != 403 and not may)
                or (page == "changelist" and may != (status != 403))
            ):
                wrong.append((page, model, status))
    assert wrong == []


ACTIONS = {
    "Edition": ({"editor", "owner"}, {"approve", "hold", "reopen"}),
    "Topic": ({"editor", "owner"}, {"switch_on", "switch_off"}),
    "Delivery": (PEOPLE, {"retry_failed", "settle_arrived", "settle_again"}),
}


@pytest.mark.parametrize("role", sorted(ALL))
def test_each_role_has_the_actions_on_lists_that_are_its_own(enter, rf, role):
    enter(role)
    request = rf.get("/")
    request.user = User.objects.get(username=role)
    found = {}
    for model, shown in admin.site._registry.items():
        actions = set(shown.get_actions(request)) - {"delete_selected"}
        if actions and model._meta.app_label in ("newsletter", "operations", "subscriptions"):
            found[model.__name__] = actions
    own = {name: actions for name, (roles, actions) in ACTIONS.items() if role in roles}
    assert {name: actions for name, actions in found.items() if name in ACTIONS} == own


def test_nobody_without_a_role_sees_anything(client, world):
    client.force_login(User.objects.create_user("nobody", "", "a long password", is_staff=True))
    for name, (_, method, path, data) in world.items():
        if name != "today":
            assert getattr(client, method)(path, data).status_code == 403, name


def test_the_first_page_tells_an_editor_nothing_of_readers(enter, world):
    page = enter("editor").get(reverse("admin:index")).content.decode()
    assert "active," not in page
    assert "Deliveries" not in page


@pytest.mark.parametrize("name", ["readers", "reader", "deliveries", "reach", "reader's preview"])
def test_addresses_are_masked_for_the_operator_and_shown_to_the_owner(enter, world, name):
    _, _, path, data = world[name]
    assert "ada@example.org" not in enter("operator").get(path, data).content.decode()
    if name in ("readers", "reader", "reach"):
        assert "ada@example.org" in enter("owner").get(path, data).content.decode()


def test_the_source_of_a_readers_digest_hides_the_address_too(enter, world):
    _, _, path, data = world["reader's preview"]
    _todays_edition(Subscriber.objects.get())
    page = enter("operator").get(path, {**data, "view": "source"}).content.decode()
    assert "List-Unsubscribe" in page
    assert "ada@example.org" not in page


def _todays_edition(reader):
    today, topic = timezone.now().date(), make_topic()
    reader.topics.add(topic)
    make_edition(topic, [make_paper(day=today)], day=today)


@pytest.mark.parametrize("role", ["operator", "owner"])
def test_no_link_in_a_readers_preview_lets_staff_act_as_the_reader(enter, world, client, role):
    _, _, path, data = world["reader's preview"]
    _todays_edition(Subscriber.objects.get())
    page = enter(role).get(path, {**data, "view": "text"}).context["written"]
    links = re.findall(r"https://paperpost\.example(/(?:preferences|unsubscribe|digests?)/\S+)", page)
    assert links
    for link in links:
        assert client.get(link.rstrip(".,;)")).status_code in (403, 404, 410), link


def test_a_part_of_an_address_finds_nobody(enter, world):
    client = enter("operator")
    where = reverse("admin:subscriptions_subscriber_changelist")
    assert len(client.get(where, {"q": "ada@"}).context["cl"].result_list) == 0
    assert len(client.get(where, {"q": "ADA@example.org"}).context["cl"].result_list) == 1


def test_filters_find_readers(enter, world):
    client, reader = enter("operator"), Subscriber.objects.get()
    ConsentEvent.objects.create(subscriber=reader, kind="imported", at=timezone.now())
    where = reverse("admin:subscriptions_subscriber_changelist")
    topic = reader.topics.get().pk
    for query, found in [
        ({"topic": topic}, 1),
        ({"topic": 0}, 0),
        ({"consent": "imported"}, 1),
        ({"consent": "signed-up"}, 0),
        ({"bounce": "7"}, 0),
        ({"state__exact": "active"}, 1),
    ]:
        assert len(client.get(where, query).context["cl"].result_list) == found, query


def test_ending_a_subscription_needs_a_reason_and_keeps_it(enter, world):
    client, reader = enter("operator"), Subscriber.objects.get()
    where = reverse("admin:subscriptions_subscriber_act", args=[reader.pk])
    client.post(where, {"act": "unsubscribe", "reason": " "})
    assert Subscriber.objects.get().state == "active"
    client.post(where, {"act": "unsubscribe", "reason": "wrote a letter"})
    assert Subscriber.objects.get().state == "unsubscribed"
    assert "wrote a letter" in ConsentEvent.objects.get().detail["how"]
    assert "wrote a letter" in LogEntry.objects.get().change_message
    page = client.get(reverse("admin:subscriptions_subscriber_change", args=[reader.pk])).content.decode()
    assert "wrote a letter" in page


def test_suppressing_and_erasing_keep_the_address_out(enter, world):
    client, reader = enter("owner"), Subscriber.objects.get()
    where = reverse("admin:subscriptions_subscriber_act", args=[reader.pk])
    client.post(where, {"act": "suppress", "reason": "spam trap"})
    assert Suppression.objects.get().reason == "operator"
    client.post(where, {"act": "erase", "reason": "asked to be forgotten"})
    assert not Subscriber.objects.exists()
    assert Suppression.objects.exists()
    assert "ada@example.org" not in "".join(LogEntry.objects.values_list("object_repr", flat=True))


def steer(client, name):
    where = reverse("admin:subscriptions_delivery_steer", args=[timezone.now().date()])
    return client.post(where, {"act": name}, follow=True).content.decode()


def test_a_day_is_paused_resumed_and_cancelled(enter, world):
    client = enter("operator")
    steer(client, "pause")
    assert (DayHold.objects.get().state, DayHold.objects.get().by) == ("paused", "operator")
    steer(client, "resume")
    assert (DayHold.objects.get().state, DayHold.objects.get().by) == ("resumed", "operator")
    Delivery.objects.update(state="queued")
    assert "1 digests will not be sent" in steer(client, "cancel")
    assert Delivery.objects.get().state == "skipped"
    assert "was cancelled" in steer(client, "resume")


def test_sending_that_is_held_is_released_by_one_person_who_sees_how_many_wait(enter, world):
    client = enter("operator")
    holds.hold_sending("bounces", "12 of 100 digests of a day came back.")
    Delivery.objects.update(state="queued")
    assert "Sending is held: 12 of 100 digests of a day came back." in read(client, "index")
    page = read(client, "subscriptions_delivery_holds")
    assert "Release: send the 1 that wait" in page
    where = reverse("admin:subscriptions_delivery_release")
    assert client.get(where).status_code == 405
    assert "1 digests wait" in client.post(where, {"kind": "bounces"}, follow=True).content.decode()
    assert not holds.current_holds()
    assert SendingHold.objects.get().released_by == "operator"
    assert (
        "somebody else released it" in client.post(where, {"kind": "bounces"}, follow=True).content.decode()
    )
    assert client.post(where, {"kind": "other"}).status_code == 404
    assert LogEntry.objects.get().change_message == "sending released while 1 digests waited"
    assert "Sending is held" not in read(client, "index")


def read(client, name):
    return client.get(reverse(f"admin:{name}")).content.decode()


def test_what_was_done_is_in_the_audit_log_with_who(enter, world):
    client = enter("operator")
    steer(client, "pause")
    steer(client, "resume")
    steer(client, "resume")
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")][:1] == ["paused the day"]
    page = client.get(reverse("admin:admin_logentry_changelist")).content.decode()
    assert "let the day go on" in page
    assert "operator" in page


def test_only_what_failed_on_its_way_is_tried_again(enter, world):
    client = enter("operator")
    Delivery.objects.update(reason="came back: unknown user", reason_code="came-back")
    assert "0 are queued again" in steer(client, "retry")
    Delivery.objects.update(reason="refused by the mail server", reason_code="")
    assert "1 are queued again" in steer(client, "retry")
    assert Delivery.objects.get().state == "queued"


@pytest.mark.parametrize(("name", "state"), [("arrived", "sent"), ("again", "queued")])
def test_uncertain_deliveries_are_settled_all_at_once_or_one_by_one(enter, world, name, state):
    client = enter("operator")
    Delivery.objects.update(state="uncertain")
    steer(client, name)
    assert Delivery.objects.get().state == state
    Delivery.objects.update(state="uncertain", settled_at=None)
    data = {"action": f"settle_{name}", "_selected_action": [Delivery.objects.get().pk]}
    client.post(reverse("admin:subscriptions_delivery_changelist"), data)
    assert Delivery.objects.get().state == state
    assert "operator" in Delivery.objects.get().reason


def test_a_draft_is_previewed_in_every_view_and_as_a_reader_will_get_it(enter, world):
    client = enter("editor")
    _, _, path, data = world["preview"]
    for view in ("desktop", "phone", "dark", "text", "source"):
        page = client.get(path, {**data, "view": view, "language": "ko"})
        assert page.status_code == 200
        assert page.context["subject"]
    mail = client.get(world["preview mail"][2], {**data, "view": "dark"})
    assert "prefers-color-scheme:dark" not in mail.content.decode().replace(" ", "")
    assert "default-src 'none'" in mail["Content-Security-Policy"]


def test_a_test_goes_to_whoever_asks_and_is_refused_politely_without_a_server(enter, world, settings):
    settings.EMAIL_BACKEND = SMTP_BACKEND
    client = enter("editor")
    where = reverse("admin:subscriptions_delivery_preview_test")
    page = client.post(where, {"edition": world["preview"][3]["edition"], "to": "x@example.org"}, follow=True)
    assert "mail server" in page.content.decode()


def test_who_gets_a_paper_and_why(enter, world):
    _, _, path, _ = world["reach"]
    page = enter("operator").get(path).content.decode()
    assert "a…@example.org" in page


def test_the_first_page_says_what_needs_a_person(enter, world, settings):
    settings.DAILY_TOKEN_BUDGET = 0
    SourceHealth.objects.create(source="arxiv", last_error="503", last_error_at=timezone.now())
    Delivery.objects.update(state="uncertain")
    DeliveryEvent.objects.create(
        kind="blocked", source="smtp", event_id="1", detail="on a block list: 550 no", at=timezone.now()
    )
    page = enter("operator").get(reverse("admin:index")).content.decode()
    assert "arXiv announced" in page
    assert "1 uncertain delivery of" in page
    assert "ours to mend: on a block list (1)" in page
    IntakeDay.objects.create(source="arxiv", day=timezone.now().date(), state="done", at=timezone.now())


@pytest.fixture
def _second_factor(settings):
    settings.STAFF_OTP = True


@pytest.mark.usefixtures("_second_factor")
def test_with_a_second_factor_a_password_alone_opens_nothing(client):
    from django_otp.oath import totp
    from django_otp.plugins.otp_totp.models import TOTPDevice

    user = User.objects.create_superuser("boss", "boss@example.org", "a long password")
    client.force_login(user)
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.request["PATH_INFO"] == reverse("admin:second_factor")
    device = TOTPDevice.objects.get(user=user)
    where = reverse("admin:second_factor")
    assert "not right" in client.post(where, {"code": "000000"}).content.decode()
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    code = f"{totp(device.bin_key):06d}"
    answer = client.post(where, {"code": code, "next": "https://evil.example/"}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("admin:index")
    recovery = device.user.staticdevice_set.get().token_set.first().token
    client.logout()
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 302
    assert client.post(where, {"code": recovery}).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200
    assert device.user.staticdevice_set.get().token_set.count() == 7


def test_repeated_wrong_passwords_lock_out(client, settings):
    User.objects.create_superuser("boss", "", "a long password")
    login = reverse("admin:login")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(login, {"username": "boss", "password": "wrong"})
    answer = client.post(login, {"username": "boss", "password": "a long password"})
    assert answer.status_code == 429


def test_a_stranger_behind_the_same_proxy_locks_out_nobody_else(client, settings):
    settings.PROXY_HOPS = 1
    User.objects.create_superuser("boss", "", "a long password")
    login = reverse("admin:login")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(
            login, {"username": "boss", "password": "wrong"}, headers={"x-forwarded-for": "203.0.113.9"}
        )
    right = {"username": "boss", "password": "a long password"}
    assert client.post(login, right, headers={"x-forwarded-for": "198.51.100.7"}).status_code == 302


def test_every_page_of_the_desk_says_what_it_may_load(client, enter):
    for answer in (client.get(reverse("admin:login")), enter("editor").get(reverse("admin:index"))):
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-eval';" in policy
        assert "object-src 'none'" in policy


NO_NUMBERS = ["²", "٣", "1e3", "9" * 30, "9" * 5000]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_opens_no_page_and_breaks_none(enter, world, text):
    owner, summary = enter("owner"), make_summary(make_paper())
    models = "newsletter_edition", "newsletter_summary", "newsletter_reading", "subscriptions_subscriber"
    for page in models:
        assert owner.get(reverse(f"admin:{page}_change", args=[text])).status_code == 404
    path = reverse("admin:newsletter_summary_change", args=[summary.pk])
    assert owner.get(path, {"compare": text}).status_code == 200
    assert owner.get(reverse("admin:subscriptions_delivery_preview"), {"edition": text}).status_code == 404
    readers = reverse("admin:subscriptions_subscriber_changelist")
    assert owner.get(readers, {"topic": text}).status_code in (200, 302)
    day = world["all of the day"][2]
    assert owner.get(day, {"p": text}).status_code == 200


def test_the_site_is_the_desk():
    assert isinstance(admin.site, DeskSite)
