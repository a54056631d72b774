"""The desk's channels: a form for each service, secrets that never come out, one press for each act."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from newsletter.channels.formats import SERVICES
from newsletter.models import Channel, ChannelPost, TypedDraft
from tests.factories import DAY, NOW, make_edition, make_paper, make_summary, make_topic
from tests.newsletter.channels.conftest import stand_in  # noqa: F401 - the fixture of the channels' tests
from tests.newsletter.channels.standins import HOOK, TOKEN, answer, make_channel

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ADDRESS = f"https://hooks.slack.com/services/T/B/{HOOK}"


@pytest.fixture
def desk(client):
    client.force_login(User.objects.create_superuser("editor", "editor@example.org", "a long password"))
    return client


def fill(**fields):
    values = {
        "name": "Robotics room",
        "language": "ko",
        "hour": 8,
        "time_zone": "Asia/Seoul",
        "size": 5,
        "form": "standard",
        "is_on": "on",
    }
    return {**values, **fields}


def page_of(desk, channel):
    return desk.get(reverse("admin:newsletter_channel_change", args=[channel.pk])).content.decode()


def test_the_first_page_asks_where_and_the_form_says_what_to_paste(desk):
    add = reverse("admin:newsletter_channel_add")
    page = desk.get(add).content.decode()
    for slug, service in SERVICES.items():
        assert f"?service={slug}" in page
        form = desk.get(f"{add}?service={slug}").content.decode()
        for field in service.fields:
            assert field.label in form
        assert ('name="target"' in form) == ("target" in {field.name for field in service.fields})
    assert "Where shall the day be posted?" in desk.get(f"{add}?service=pigeon").content.decode()


def test_a_channel_is_connected_and_its_address_is_never_shown_again(desk):
    make_edition(make_topic(), [make_paper()])
    answer_ = desk.post(f"{reverse('admin:newsletter_channel_add')}?service=slack", fill(address=ADDRESS))
    channel = Channel.objects.get()
    assert answer_.status_code == 302
    assert (channel.service, channel.address, channel.language) == ("slack", ADDRESS, "ko")
    pages = page_of(desk, channel) + desk.get(reverse("admin:newsletter_channel_changelist")).content.decode()
    assert HOOK not in pages
    assert "hooks.slack.com/********" in pages
    desk.post(reverse("admin:newsletter_channel_change", args=[channel.pk]), fill(size=7))
    channel.refresh_from_db()
    assert (channel.size, channel.address) == (7, ADDRESS)
    other = ADDRESS.replace("/T/", "/T2/")
    desk.post(reverse("admin:newsletter_channel_change", args=[channel.pk]), fill(address=other))
    channel.refresh_from_db()
    assert channel.address == other
    history = desk.get(reverse("admin:newsletter_channel_history", args=[channel.pk])).content.decode()
    assert HOOK not in history
    assert not any(HOOK in entry.change_message + entry.object_repr for entry in LogEntry.objects.all())
    assert not TypedDraft.objects.exists()


@pytest.mark.parametrize(
    ("service", "fields", "sentence"),
    [
        ("slack", {"address": f"https://evil.example/services/{HOOK}"}, "this one is on evil.example"),
        ("discord", {"address": f"https://[{HOOK}"}, "This is no web address"),
        ("telegram", {"secret": f"bot-{HOOK}", "target": "@papers"}, "This is no token of a bot"),
        ("telegram", {"secret": TOKEN, "target": "papers"}, "Name the chat as @name"),
        ("webhook", {"address": "https://example.org/hook", "secret": HOOK}, "The signing secret is whsec_"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_sentence_and_not_shown(desk, service, fields, sentence):
    page = desk.post(f"{reverse('admin:newsletter_channel_add')}?service={service}", fill(**fields))
    assert sentence in page.content.decode()
    assert HOOK not in page.content.decode()
    assert not Channel.objects.exists()


def test_a_test_post_shows_what_the_service_says_and_no_day_is_used_up(desk, stand_in):  # noqa: F811 - the fixture
    slack = stand_in("slack")
    topic = make_topic()
    make_edition(topic, [make_paper() for _ in range(5)])
    channel = make_channel(slack, topic=topic)
    address = reverse("admin:newsletter_channel_try", args=[channel.pk])
    assert desk.get(address).status_code == 405
    page = desk.post(address, follow=True).content.decode()
    assert "The service has taken the test post" in page
    assert "Test · " in str(slack.accepted)
    assert str(slack.accepted).count("/papers/") == 2
    slack.next_answers.append(answer(404, f"no_service {HOOK}"))
    page = desk.post(address, follow=True).content.decode()
    assert "The service knows no such channel: HTTP 404: no_service ********" in page
    assert HOOK not in page
    assert not ChannelPost.objects.exists()
    channel.refresh_from_db()
    assert channel.is_on


def test_the_page_shows_how_the_day_looks_what_was_posted_and_repeats_it(desk, stand_in):  # noqa: F811 - the fixture
    slack = stand_in("slack")
    topic = make_topic()
    paper = make_paper(title="<script>alert(1)</script> of robots")
    make_summary(paper)
    make_edition(topic, [paper])
    channel = make_channel(slack, topic=topic)
    post = ChannelPost.objects.create(
        channel=channel,
        day=DAY,
        papers=[paper.pk],
        total=1,
        state="uncertain",
        parts=[{"papers": [paper.pk], "state": "uncertain", "message_id": ""}],
        late_at=NOW + timedelta(days=1),
        created_at=NOW,
        settled_at=NOW,
        error="127.0.0.1 was sent the message and gave no answer (ReadError).",
    )
    page = page_of(desk, channel)
    assert "It arrived: go on" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; of robots" in page
    assert "<script>alert(1)" not in page
    act = reverse("admin:newsletter_channel_act", args=[channel.pk, post.pk])
    assert desk.post(act, {"act": "delete"}).status_code == 404
    desk.post(act, {"act": "repeat"})
    post.refresh_from_db()
    assert (post.state, post.parts) == ("queued", [])
    assert "already" in desk.post(act, {"act": "repeat"}, follow=True).content.decode()


def test_who_may_only_look_changes_nothing(client, stand_in):  # noqa: F811 - the fixture
    from django.contrib.auth.models import Permission

    user = User.objects.create_user("looker", "l@example.org", "a long password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_channel"))
    client.force_login(user)
    channel = make_channel(stand_in("slack"))
    page = page_of(client, channel)
    assert "Send a test post" not in page
    assert HOOK not in page
    assert client.post(reverse("admin:newsletter_channel_try", args=[channel.pk])).status_code == 403
    assert client.get(reverse("admin:newsletter_channel_add")).status_code == 403
