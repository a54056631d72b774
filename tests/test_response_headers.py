"""What every answer tells browsers of what they may do with it."""

import pytest

from config.permissions_policy import POLICY
from subscriptions.readers.links import token
from tests.factories import make_edition, make_paper, make_subscriber, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def test_every_answer_carries_the_policies(client, admin_client):
    leave = token(make_subscriber(), "unsubscribe")
    paths = ["/", "/archive/", f"/unsubscribe/{leave}/", "/nothing-here/", "/health/live", "/robots.txt"]
    for path in paths:
        answer = client.get(path, secure=True)
        assert answer["Permissions-Policy"] == POLICY, path
        assert answer["X-Frame-Options"] == "DENY", path
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["Strict-Transport-Security"] == "max-age=31536000", path
    desk = admin_client.get("/admin/", secure=True)
    assert (desk["Permissions-Policy"], desk["X-Frame-Options"]) == (POLICY, "DENY")
    assert "camera=()" in POLICY
    assert "clipboard-write" not in POLICY, "citations are copied"
    assert "Strict-Transport-Security" not in client.get("/")


def test_the_preview_of_a_mail_is_shown_in_a_frame_of_the_desk(admin_client):
    edition = make_edition(make_topic(), [make_paper()])
    answer = admin_client.get(f"/admin/subscriptions/delivery/preview/mail/?edition={edition.pk}")
    assert answer.status_code == 200
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
