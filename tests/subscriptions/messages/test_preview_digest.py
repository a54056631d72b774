"""``preview_digest``: the files that would be sent, and nothing changed."""

import io

import pytest
from django.core.management import CommandError, call_command

from subscriptions.models import Delivery
from subscriptions.picks import for_topic
from tests.factories import make_edition, make_paper, make_picks, make_subscriber, make_topic
from tests.mail_checker import faults_of

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = io.StringIO()
    call_command("preview_digest", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_writes_what_would_be_sent_and_changes_nothing(tmp_path):
    topic, paper = make_topic(), make_paper()
    make_edition(topic, [paper])
    reader = make_subscriber("Reader@example.org", topics=[topic])
    folder = tmp_path / "new" / "folder"
    run("reader@EXAMPLE.org", "--day", "2026-03-18", "--output", folder)
    assert faults_of((folder / "digest.eml").read_bytes(), language="en", titles=(paper.title,)) == []
    assert paper.title in (folder / "digest.html").read_text(encoding="utf-8")
    assert paper.title in (folder / "digest.txt").read_text(encoding="utf-8")
    assert not Delivery.objects.exists()
    reader.refresh_from_db()
    assert reader.last_edition_day is None


def test_a_day_that_was_sent_is_shown_as_it_was_chosen(tmp_path):
    topic, paper, other = make_topic(), make_paper(), make_paper()
    make_edition(topic, [paper, other])
    reader = make_subscriber(topics=[topic])
    picks = make_picks(other, why=(for_topic(topic.pk),), new=2, topics=(topic.pk,))
    Delivery.objects.create(
        subscriber=reader,
        day="2026-03-18",
        picks=picks,
        language="en",
        state="sent",
        created_at="2026-03-18T09:00Z",
    )
    run(reader.email, "--day", "2026-03-18", "--output", tmp_path)
    text = (tmp_path / "digest.txt").read_text(encoding="utf-8")
    assert other.title in text
    assert paper.title not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody@example.org", "--day", "2026-03-18"), "nobody@example.org"),
        (("reader@example.org", "--day", "2026-01-01"), "2026-01-01"),
        (("reader@example.org", "--day", "18.3.2026"), "18.3.2026"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, said, tmp_path):
    make_subscriber("reader@example.org", topics=[make_topic()])
    with pytest.raises(CommandError, match=said) as caught:
        run(*arguments, "--output", tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
