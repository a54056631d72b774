"""Readings at the desk: each statement with its evidence, what it cost; hide and release."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from newsletter.models import Figure, Reading, ReadingCall, ReadingText
from newsletter.readings import selection
from tests.factories import NOW, make_paper, make_reading

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def desk(client):
    client.force_login(User.objects.create_superuser("editor", "editor@example.org", "a long password"))
    return client


@pytest.fixture
def reading():
    return make_reading(make_paper(), "ar")


def page(desk, reading, **query):
    return desk.get(reverse("admin:newsletter_reading_change", args=[reading.pk]), query).content.decode()


def act(desk, reading, name, **fields):
    address = reverse("admin:newsletter_reading_act", args=[reading.pk])
    answer = desk.post(address, {"act": name, **fields}, follow=True)
    reading.refresh_from_db()
    return answer.content.decode()


def readers_see(client, reading, language="en"):
    answer = client.get(f"/papers/{reading.paper.arxiv_id}/{language}/in-depth/").content.decode()
    return "&lt;b&gt;enough" in answer


def test_the_page_joins_each_statement_with_its_evidence_and_says_what_it_cost(desk, reading):
    shown = page(desk, reading, language="ar")
    assert "Half the memory is &lt;b&gt;enough&lt;/b&gt;." in shown
    assert "needs half the memory" in shown
    assert f"arxiv.org/html/{reading.paper.arxiv_id}v1#S3.p1" in shown
    assert "يكفي نصف الذاكرة." in shown
    assert "A number is missing." in shown
    assert "It reaches 99.9%." in shown
    assert "model-of-the-house" in shown
    assert "1,200 + 345" in shown
    assert "0.0123" in shown
    assert "<script>alert(1)" not in shown


def test_a_hidden_reading_is_seen_by_nobody_and_read_by_no_run_until_it_is_released(desk, reading):
    assert readers_see(desk, reading)
    act(desk, reading, "hide")
    assert (reading.state, readers_see(desk, reading)) == ("hidden", False)
    assert "editor" in reading.reason
    reading.paper.version = 2
    reading.paper.save()
    assert selection.renew(NOW) == 0
    assert not selection.want(reading.paper, now=NOW)
    act(desk, reading, "release")
    assert reading.state == "ready"
    assert readers_see(desk, reading)
    assert list(LogEntry.objects.values_list("change_message", flat=True)) == ["release", "hide"]


def test_a_text_that_is_held_is_released_for_its_readers(desk, reading):
    text = reading.texts.get()
    assert "الذاكرة" not in desk.get(f"/papers/{reading.paper.arxiv_id}/ar/in-depth/").content.decode()
    act(desk, reading, "release_text", text=text.pk)
    assert "الذاكرة" in desk.get(f"/papers/{reading.paper.arxiv_id}/ar/in-depth/").content.decode()
    assert "Only a text that is held" in act(desk, reading, "release_text", text=text.pk)


def test_a_reading_of_which_nothing_stood_cannot_be_released(desk, reading):
    Reading.objects.update(state="held", facts={})
    assert "1 held reading" in desk.get(reverse("admin:index")).content.decode()
    assert "nothing to release" in act(desk, reading, "release")
    assert reading.state == "held"
    assert "with the next run" in act(desk, reading, "again")
    assert reading.state == "wanted"
    assert "can be hidden" in act(desk, reading, "hide")


def test_a_figure_is_only_linked_from_then_on(desk, reading):
    files = {"600.png": "figures/x/1.png", "600.webp": "figures/x/1.webp"}
    figure = Figure.objects.create(
        paper=reading.paper,
        position=1,
        label="Figure 1",
        place_url="https://arxiv.org/html/x",
        state="shown",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
        width=600,
        height=300,
        files=files,
    )
    act(desk, reading, "only_link", figure=figure.pk)
    figure.refresh_from_db()
    assert (figure.state, figure.served()) == ("linked", {})
    other = Figure.objects.create(paper=make_paper(), position=1, place_url="https://arxiv.org/html/x")
    address = reverse("admin:newsletter_reading_act", args=[reading.pk])
    assert desk.post(address, {"act": "only_link", "figure": other.pk}).status_code == 404


def test_papers_are_sent_to_be_read_in_depth(desk):
    papers = [make_paper(), make_paper(is_withdrawn=True)]
    data = {"action": "read_in_depth", "_selected_action": [paper.pk for paper in papers]}
    address = reverse("admin:newsletter_paper_changelist")
    assert "1 will be read in depth" in desk.post(address, data, follow=True).content.decode()
    assert Reading.objects.get().paper == papers[0]
    assert Reading.objects.get().state == "wanted"
    assert "0 will be read in depth" in desk.post(address, data, follow=True).content.decode()


def test_who_may_only_look_has_neither_buttons_nor_the_action(client, reading):
    from django.contrib.auth.models import Permission

    user = User.objects.create_user("operator", "", "a long password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_reading", "view_paper"]))
    client.force_login(user)
    assert 'name="act"' not in page(client, reading)
    address = reverse("admin:newsletter_paper_changelist")
    assert "read_in_depth" not in client.get(address).content.decode()
    client.post(address, {"action": "read_in_depth", "_selected_action": [make_paper().pk]})
    assert Reading.objects.count() == 1


@pytest.mark.parametrize("name", ["reading", "readingtext", "readingcall", "figure"])
def test_the_lists_cost_few_queries_however_long_they_are(desk, reading, name):
    for _ in range(12):
        paper = make_paper()
        other = Reading.objects.create(paper=paper, wanted_at=NOW)
        ReadingText.objects.create(reading=other, language="ko", written_at=NOW)
        ReadingCall.objects.create(reading=other, purpose="facts", prompt_version="1", model="m", at=NOW)
        Figure.objects.create(paper=paper, position=1, place_url="https://arxiv.org/html/x")
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(reverse(f"admin:newsletter_{name}_changelist")).status_code == 200
    assert len(queries) <= 12


def test_the_page_costs_few_queries(desk, reading):
    with CaptureQueriesContext(connection) as queries:
        page(desk, reading)
    assert len(queries) <= 12
