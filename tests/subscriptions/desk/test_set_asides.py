"""The desk shows what was set aside to those who may see it; they try it again or drop it."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from newsletter import stages as content
from newsletter.models import SetAside
from newsletter.set_aside import put_aside
from subscriptions import stages
from subscriptions.models import Delivery, SignUp
from subscriptions.privacy import portability
from subscriptions.roles import ROLES, write_roles
from tests.factories import NOW, make_subscriber

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LIST = "admin:newsletter_setaside_changelist"


@pytest.fixture
def enter(client):
    write_roles(Group, Permission, ContentType)

    def go(role):
        user = User.objects.create_user(role, f"{role}@example.org", "a long password", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return go


@pytest.fixture
def reader():
    reader = make_subscriber("ada@example.org")
    put_aside(stages.CHOOSING, stages.reader(reader.pk), reason="KeyError: 'x'", now=NOW)
    put_aside(content.PICTURES, "picture 1", reason="too wide", now=NOW)
    put_aside(content.READINGS, "", reason="no renderer", now=NOW)
    return reader


def act(client, name, *items):
    chosen = list(SetAside.objects.filter(item__in=items).values_list("pk", flat=True))
    return client.post(reverse(LIST), {"action": name, "_selected_action": chosen}, follow=True)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_is_told_of_its_own(enter, reader, role):
    client = enter(role)
    page = client.get(reverse("admin:index")).content.decode()
    assert "1 picture set aside while fetching pictures." in page
    assert "Reading in depth fails for everything: no renderer" in page
    listed = client.get(reverse(LIST)).content.decode()
    where = reverse("admin:subscriptions_subscriber_change", args=[reader.pk])
    sees_people = role != "editor"
    assert ("1 reader set aside while choosing digests." in page) == sees_people
    assert (where in listed) == (f"reader {reader.pk}" in listed) == sees_people
    assert "ada@example.org" not in page + listed


def test_another_try_and_never_again(enter, reader):
    client = enter("operator")
    item = stages.reader(reader.pk)
    assert "1 will be tried again" in act(client, "try_again", item).content.decode()
    retry_at = SetAside.objects.get(item=item).retry_at
    assert retry_at is not None
    assert retry_at > NOW
    act(client, "drop", item, "picture 1")
    assert set(SetAside.objects.filter(state="dropped").values_list("item", flat=True)) == {item, "picture 1"}
    assert "set aside while" not in client.get(reverse("admin:index")).content.decode()


def test_an_editor_cannot_act_on_what_is_not_shown(enter, reader):
    act(enter("editor"), "drop", stages.reader(reader.pk))
    assert SetAside.objects.get(item=stages.reader(reader.pk)).state == "waiting"


def test_a_message_that_could_not_be_made_is_queued_again(enter, reader):
    row = Delivery.objects.create(
        subscriber=reader, day=NOW.date(), state="failed", reason="x", language="en", created_at=NOW
    )
    put_aside(
        stages.MESSAGES, f"delivery {row.pk}", owner=stages.reader(reader.pk), reason="KeyError", now=NOW
    )
    act(enter("operator"), "try_again", f"delivery {row.pk}")
    row.refresh_from_db()
    assert row.state == "queued"


def test_a_form_that_is_dropped_leaves_no_address(enter):
    form = SignUp.objects.create(email="eve@example.org", language="en", text_version="1", at=NOW)
    put_aside(stages.SIGN_UPS, f"sign-up {form.pk}", reason="KeyError", now=NOW)
    act(enter("operator"), "drop", f"sign-up {form.pk}")
    assert not SignUp.objects.exists()


def test_what_is_about_an_erased_reader_goes(reader):
    other = make_subscriber()
    put_aside(stages.MESSAGES, "delivery 7", owner=stages.reader(reader.pk), reason="x", now=NOW)
    put_aside(stages.CHOOSING, stages.reader(other.pk), reason="x", now=NOW)
    form = SignUp.objects.create(email="Ada@example.org", language="en", text_version="1", at=NOW)
    put_aside(stages.SIGN_UPS, f"sign-up {form.pk}", reason="x", now=NOW)
    portability.erase(reader, now=NOW)
    assert set(SetAside.objects.values_list("item", flat=True)) == {
        *(stages.reader(other.pk), "picture 1", "")
    }
