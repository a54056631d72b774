"""A digest on its way opens the pages of its papers, also of those that no edition has."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.models import MailedPaper
from subscriptions import delivery
from subscriptions.delivery.checkpoints import FileCheckpoints
from subscriptions.delivery.sender import _default_build
from subscriptions.models import Delivery
from tests.factories import DAY, NOW, make_edition, make_paper, make_picks, make_subscriber, make_topic
from tests.smtp_sink import SmtpSink
from tests.subscriptions.delivery.ledger import send_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink():
    with SmtpSink() as running:
        yield running


def test_a_paper_that_only_an_own_query_mailed_has_a_page_when_the_mail_is_there(client, sink, tmp_path):
    paper, other = make_paper(title="Folding of linen"), make_paper(title="Ironing")
    make_edition(make_topic(), [make_paper()])
    make_subscriber(queries=["linen"])
    delivery.enqueue(NOW)
    assert client.get(f"/papers/{paper.arxiv_id}/en/").status_code == 404, "it is only queued"
    assert send_all(sink, checkpoints=FileCheckpoints(tmp_path), build=_default_build()).counts == {"sent": 1}
    assert client.get(f"/papers/{paper.arxiv_id}/en/").status_code == 200
    assert client.get(f"/papers/{other.arxiv_id}/en/").status_code == 404


def queue(papers, *, readers):
    for _ in range(readers):
        picks = make_picks(*papers[:2], also=papers[2:3])
        Delivery.objects.create(
            subscriber=make_subscriber(), day=DAY, language="en", created_at=NOW, picks=picks
        )


def test_noting_costs_two_queries_and_nothing_for_papers_that_were_noted(sink, tmp_path):
    papers = [make_paper() for _ in range(3)]
    queue(papers, readers=60)
    with CaptureQueriesContext(connection) as caught:
        send_all(sink, checkpoints=FileCheckpoints(tmp_path), batch=20)
    about = [query["sql"] for query in caught if "mailedpaper" in query["sql"]]
    assert len(about) == 2
    assert set(MailedPaper.objects.values_list("paper_id", flat=True)) == {paper.pk for paper in papers}
