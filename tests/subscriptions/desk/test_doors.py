"""The doors of the desk: filters that tell nothing, keys that nobody saw before, log-ins that are counted."""

import itertools
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from newsletter.desk.lookups import DeclaredLookups
from subscriptions.models import Delivery
from subscriptions.picks import for_topic
from subscriptions.web.mail_pages import page_of
from tests.factories import make_edition, make_paper, make_picks, make_subscriber, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ORACLES = ("startswith", "contains", "regex", "gt", "lt", "exact", "in", "length")
LISTS = [pytest.param(model, id=model._meta.label) for model in admin.site._registry]


def columns(model, depth=2):
    """Every path of fields from ``model`` over relations, ``depth`` steps at most."""
    for field in model._meta.get_fields():
        name = field.name if not field.auto_created or field.concrete else field.get_accessor_name()
        yield name or field.name
        if field.is_relation and field.related_model and depth > 1:
            yield from (f"{field.name}__{rest}" for rest in columns(field.related_model, depth - 1))


@pytest.fixture
def boss(client):
    user = User.objects.create_superuser("boss", "boss@example.org", "a long password")
    client.force_login(user)
    return user


# -- lists ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", LISTS)
def test_a_list_is_filtered_by_what_its_filters_offer_and_by_nothing_else(model, rf, boss):
    desk = admin.site._registry[model]
    assert isinstance(desk, DeclaredLookups)
    request = rf.get("/")
    request.user = boss
    offered = {str(name).split("__")[0] for name in desk._declared(request)}
    for name, oracle in itertools.product(columns(model), ORACLES):
        lookup = f"{name}__{oracle}"
        if desk.lookup_allowed(lookup, "a", request):
            assert name.split("__")[0] in offered, lookup
            assert oracle in ("exact", "gt", "lt"), lookup
        assert not desk.lookup_allowed(f"{name}__pk__{oracle}", "a", request)


@pytest.mark.parametrize("model", LISTS)
def test_what_a_list_shows_or_searches_is_ordered_by_no_masked_column(model):
    masked: tuple[str, ...] = ("email", "password", "key", "token", "address_hash", "origin_hash")
    desk = admin.site._registry[model]
    ordered = [*map(str, desk.list_display), *map(str, desk.ordering or ()), desk.date_hierarchy or ""]
    if model is User:  # the people of the desk, whom its owner sees in full
        masked = masked[1:]
    for name in ordered:
        column = getattr(desk, name, None)
        by = str(getattr(column, "admin_order_field", "") or name)
        assert not any(by.lstrip("-").split("__")[-1] == each for each in masked), (model, by)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("subscriptions_subscriber", "email__startswith=a"),
        ("subscriptions_subscriber", "new_email__gt=m"),
        ("subscriptions_delivery", "subscriber__email__startswith=a"),
        ("subscriptions_consentevent", "subscriber__email__regex=^a"),
        ("subscriptions_consentevent", "origin_hash__startswith=a"),
        ("subscriptions_deliveryevent", "delivery__subscriber__email__contains=a"),
        ("subscriptions_suppression", "address_hash__startswith=a"),
        ("auth_user", "password__startswith=pbkdf2"),
        ("auth_user", "totpdevice__key__startswith=a"),
        ("auth_user", "logentry__user__password__startswith=a"),
        ("otp_totp_totpdevice", "key__startswith=a"),
        ("otp_static_staticdevice", "token_set__token__startswith=a"),
        ("axes_accesslog", "session_hash__startswith=a"),
    ],
)
def test_an_address_that_asks_for_more_is_refused(client, boss, path, query):
    make_subscriber("ada@example.org")
    where = reverse(f"admin:{path}_changelist")
    assert client.get(f"{where}?{query}").status_code in (302, 400)
    assert client.get(f"{where}?{query}&_facets=1").status_code in (302, 400)
    assert client.get(where).status_code == 200


def test_what_filters_offer_still_works(client, boss):
    topic = make_topic()
    make_edition(topic, [make_paper()])
    make_subscriber("ada@example.org", topics=[topic])
    for path, query in (
        ("subscriptions_subscriber", f"state__exact=active&language=en&topic={topic.pk}&bounce=7"),
        ("newsletter_edition", f"state__exact=approved&topic__id__exact={topic.pk}&day__year=2026"),
        ("newsletter_intakeday", "day__year=2026&day__month=3"),
        ("auth_user", "is_staff__exact=1"),
        ("subscriptions_delivery", "state=sent"),
    ):
        assert client.get(f"{reverse(f'admin:{path}_changelist')}?{query}").status_code == 200, path


# -- the second factor ------------------------------------------------------------------------------------


@pytest.fixture
def set_up(settings, client, boss):
    settings.STAFF_OTP = True
    return reverse("admin:second_factor")


def key_on(page) -> str:
    return page.context["key"]


def test_a_key_is_shown_once_and_each_set_up_has_its_own(client, boss, set_up):
    keys = [key_on(client.get(set_up)) for _ in range(3)]
    assert len(set(keys)) == 3
    assert TOTPDevice.objects.filter(user=boss).count() == 1
    again = client.post(set_up, {"code": "000000"})
    assert again.status_code == 200
    assert keys[-1] not in again.content.decode()
    assert "begin anew" in again.content.decode()


def test_who_copied_a_key_before_its_owner_enrolled_has_no_key_of_the_device(
    client, boss, set_up, django_user_model
):
    thief = type(client)()
    thief.force_login(boss)
    thief.get(set_up)
    copied = TOTPDevice.objects.get(user=boss).bin_key

    client.get(set_up)
    device = TOTPDevice.objects.get(user=boss)
    assert device.bin_key != copied
    assert thief.post(set_up, {"code": f"{totp(copied):06d}"}).status_code == 200, (
        "its session's device is gone"
    )
    # The thief's session cannot confirm the owner's device either, whatever code it gives.
    assert thief.post(set_up, {"code": f"{totp(device.bin_key):06d}"}).status_code == 200
    assert client.post(set_up, {"code": f"{totp(device.bin_key):06d}"}).status_code == 302
    assert TOTPDevice.objects.get(user=boss).confirmed
    assert thief.get(reverse("admin:index")).status_code == 302


def test_no_page_of_the_desk_shows_the_key_of_a_device(client, boss):
    device = TOTPDevice.objects.create(user=boss, name="app", confirmed=True)
    page = client.get(reverse("admin:otp_totp_totpdevice_change", args=[device.pk]))
    assert device.key not in page.content.decode()


# -- log-ins ----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """What is counted here are log-ins; a slow hash for each would count minutes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def log_in(client, name, ip, password="wrong"):
    return client.post(
        reverse("admin:login"), {"username": name, "password": password}, headers={"x-forwarded-for": ip}
    ).status_code


@pytest.fixture
def behind_a_proxy(settings):
    settings.PROXY_HOPS = 1
    return User.objects.create_superuser("boss", "", "a long password")


@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize("net", ["203.0.113.{}", "2001:db8:1:2::{}"])
def test_many_names_from_one_network_are_stopped(client, settings, net):
    for number in range(settings.LOGIN_FAILURES_PER_NETWORK):
        assert log_in(client, f"name{number}", net.format(number + 1)) != 403
    assert log_in(client, "boss", net.format(99), "a long password") == 429
    assert log_in(client, "boss", "198.51.100.7", "a long password") == 302


@pytest.mark.usefixtures("behind_a_proxy")
def test_one_name_from_many_networks_is_stopped_but_for_where_its_owner_is_known(client, settings):
    assert log_in(client, "boss", "198.51.100.7", "a long password") == 302
    client.logout()
    for number in range(settings.LOGIN_FAILURES_PER_NAME):
        log_in(client, "boss", f"203.0.{number}.9")
    assert log_in(client, "boss", "192.0.2.1", "a long password") == 429, "a guess from yet another network"
    assert log_in(client, "boss", "198.51.100.200", "a long password") == 302, "the owner's own network"


@pytest.mark.usefixtures("behind_a_proxy")
def test_an_hour_later_the_door_is_open_again(client, settings, time_machine):
    for number in range(settings.LOGIN_FAILURES_PER_NAME):
        log_in(client, "boss", f"203.0.{number}.9")
    assert log_in(client, "boss", "192.0.2.1", "a long password") == 429
    time_machine.move_to(timezone.now() + timedelta(seconds=3601))
    assert log_in(client, "boss", "192.0.2.1", "a long password") == 302


# -- policies ---------------------------------------------------------------------------------------------


def test_every_kind_of_page_says_who_may_frame_it_and_where_its_forms_may_lead(client, boss):
    topic, paper = make_topic(), make_paper()
    make_summary(paper)
    edition = make_edition(topic, [paper])
    reader = make_subscriber("ada@example.org", topics=[topic])
    delivery = Delivery.objects.create(
        subscriber=reader,
        day=edition.day,
        state="sent",
        language="en",
        created_at=edition.composed_at,
        picks=make_picks(paper, why=(for_topic(topic.pk),), day=edition.day),
    )
    from subscriptions.readers import links

    token = links.token(reader, "preferences")
    digest = reverse("digest", args=[links.token(reader, "view"), f"{delivery.day:%F}"])
    preview = reverse("admin:subscriptions_delivery_preview")
    pages = [
        *("/", "/archive/", "/check-mail/", "/nowhere/", "/robots.txt", "/preferences/broken/"),
        *(
            reverse("preferences", args=[token]),
            reverse("digests", args=[links.token(reader, "view")]),
            digest,
        ),
        *(
            reverse("unsubscribe", args=[links.token(reader, "unsubscribe")]),
            "/admin/login/",
            "/admin/nowhere/",
        ),
        *(reverse("admin:index"), preview, f"{preview}?edition={edition.pk}&view=desktop&frame=1"),
        reverse("admin:newsletter_edition_change", args=[edition.pk]),
        reverse("admin:second_factor"),
    ]
    for page in pages:
        answer = client.get(page)
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "frame-ancestors " in policy, (page, policy)
        assert "form-action " in policy, (page, policy)
    assert "style-src 'sha256-" in client.get(digest).headers["Content-Security-Policy"], "the digest's page"


def test_a_mail_in_a_frame_may_send_no_form():
    from services.mailpages import FRAME_POLICY as CAUGHT
    from subscriptions.admin.previews import FRAME_POLICY as PREVIEW

    assert page_of("<html><head></head></html>")
    for policy in (CAUGHT, PREVIEW):
        assert "form-action 'none'" in policy
        assert "frame-ancestors 'self'" in policy
