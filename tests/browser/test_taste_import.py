"""A reader brings a BibTeX file, sees what it means, has it counted and gets the like of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from newsletter.features.corpus import take_in_features
from newsletter.models import Topic, WantedPaper
from subscriptions import delivery
from subscriptions.models import Vote
from subscriptions.readers.links import token
from subscriptions.tasks import count_imported_likes
from tests.factories import make_edition, make_paper, make_subscriber, make_summary

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
Open = Callable[..., Page]

LIBRARY = r"""
@article{loved, title={{Octopus} Arms: {\'E}tudes in Distributed Control},
  author={Lovelace, Ada and Noether, Emmy}}
@misc{coming, title={A Paper Still to Come}, eprint={2403.03163}, archivePrefix={arXiv}}
@misc{unknown, title={Nobody Here Knows This Title}}
@misc{broken, title={Never closed
"""


def press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.locator(selector).first.click()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.bib"
    path.write_text(LIBRARY)
    return path


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without"])
def test_a_library_is_brought_seen_counted_and_taken_back(open_page: Open, library: Path, has_script: bool):
    reader = make_subscriber("ada@example.org", taste="on")
    known = make_paper(title="Octopus Arms: Études in Distributed Control")
    page = open_page(f"/my-data/{token(reader, 'my-data')}/", java_script_enabled=has_script)
    press(page, "#taste a")
    page.locator("#file").set_input_files(library)
    press(page, "#list button")

    offered = page.locator("form.survey tbody tr")
    expect(offered).to_have_count(2)
    expect(offered.nth(0)).to_contain_text("Octopus Arms: Études in Distributed Control")
    expect(offered.nth(0)).to_contain_text("Found")
    expect(offered.nth(1)).to_contain_text("Will be fetched from arXiv")
    expect(page.get_by_text("Not found here; add its arXiv id.")).to_be_visible()
    expect(page.get_by_text("Its braces or quotation marks are not closed")).to_be_visible()
    assert not Vote.objects.exists()

    press(page, "form.survey button.primary")
    expect(page.locator("#done")).to_contain_text("These papers count from now on.")
    expect(page.locator("#brought")).to_contain_text("Still on its way: 1")
    assert list(Vote.objects.values_list("subscriber", "paper", "value")) == [(reader.pk, known.pk, 1)]
    assert WantedPaper.objects.get().arxiv_id == "2403.03163"

    make_paper(arxiv_id="2403.03163")  # as the content side brings it
    assert count_imported_likes() == 1
    page.reload()
    expect(page.locator("#brought")).to_contain_text("Counts as liked: 2")
    press(page, "#brought button")
    expect(page.locator("#done")).to_contain_text("The list was removed")
    assert not Vote.objects.exists()


def test_the_next_digest_is_chosen_with_what_was_brought(open_page: Open, library: Path):
    now = timezone.now()
    topic = Topic.objects.get(slug="robotics")
    make_paper(title="Octopus Arms: Études in Distributed Control", abstract="Octopus arms decide.")
    of_today: dict[str, Any] = {"day": now.date(), "published_at": now}
    papers = [
        make_paper(**of_today, votes=50 - number, title=f"Wheels {number}", authors=[f"A. {number}"])
        for number in range(8)
    ]
    alike = make_paper(
        **of_today,
        title="Octopus arms with distributed control",
        abstract="Octopus arms decide by themselves, again.",
        authors=["Emmy Noether"],
    )
    for paper in (*papers, alike):
        make_summary(paper, "en")
    make_edition(topic, [*papers, alike], day=now.date())
    take_in_features(now=now)
    reader = make_subscriber(topics=[topic], size=3, taste="on", next_due_at=now, hour=now.hour)
    page = open_page(f"/my-data/{token(reader, 'my-data')}/import/")
    page.locator("#file").set_input_files(library)
    press(page, "#list button")
    press(page, "form.survey button.primary")

    delivery.enqueue(now)
    delivery.send(seconds=20)
    assert "Octopus arms with distributed control" in str(mail.outbox[-1].body)


def test_ten_papers_are_rated_after_sign_up_without_a_script(open_page: Open):
    topic = Topic.objects.get(slug="robotics")
    papers = [make_paper(title=f"Robots of kind {number}", votes=number) for number in range(12)]
    make_edition(topic, papers)
    pending = make_subscriber(state="pending", confirmed_at=None, topics=[topic])
    page = open_page(f"/confirm/{token(pending, 'confirm')}/", java_script_enabled=False)
    press(page, "main form button.primary")
    sets = page.locator("form.rate fieldset")
    expect(sets).to_have_count(10)
    sets.nth(0).get_by_label("More like this").check()
    sets.nth(1).get_by_label("Less like this").check()
    press(page, "form.rate button")
    expect(page.locator("h1")).to_have_text("Thank you")
    assert sorted(Vote.objects.values_list("value", flat=True)) == [-1, 1]
