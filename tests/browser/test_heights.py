"""A digest of ten papers is read in a minute on a telephone, in every language."""

import email
import email.policy
from dataclasses import dataclass

import pytest

from newsletter.languages import LANGUAGES
from subscriptions.digests import choose_batch
from subscriptions.messages import build_batch
from subscriptions.models import Delivery
from tests.browser.test_digest import open_digest
from tests.factories import NOW, make_subscriber
from tests.long_day import PAPERS, RECORDED, make_long_day, store_picture, tell

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.any_database,
    pytest.mark.skipif(not RECORDED.is_dir(), reason=f"the recorded data is not at {RECORDED}"),
]

WIDTH = 375
SCREEN = 812  # the height of a telephone
GLANCE = 900
WHOLE = 5500
ON_FIRST_SCREEN = 6
ROW = 44

MEASURE = """() => {
  const box = element => element.getBoundingClientRect();
  const lines = [...document.querySelectorAll('a[href^="#"]')];
  const cards = lines.map(line => document.getElementById(line.getAttribute('href').slice(1)));
  const rows = cards.map(card => [...card.lastElementChild.children].map(box));
  return {
    whole: document.documentElement.scrollHeight,
    glance: box(lines.at(-1)).bottom - box(lines[0]).top,
    lines: lines.map(line => box(line).bottom),
    jumps: new Set(cards).size,
    rows: rows.map(links => new Set(links.map(link => Math.round(link.top))).size),
    low: rows.flat().filter(link => link.height < 44 || link.width < 44).length,
    links: rows.map(links => links.length),
    cards: cards.map(card => Math.round(box(card).height)),
  };
}"""


@dataclass
class Measured:
    whole: float
    glance: float
    lines: list
    jumps: int
    rows: list
    low: int
    links: list
    cards: list


@pytest.fixture
def measure(browser, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    settings.REMOTE_PICTURES = False
    store_picture()

    def of(html):
        page = open_digest(browser, html, tmp_path, width=WIDTH, scheme="light")
        found = page.evaluate(MEASURE)
        page.context.close()
        return Measured(**found)

    return of


def digest_in(language, topics, **wishes):
    reader = make_subscriber(topics=topics, language=language, size=PAPERS, **wishes)
    (choice,) = choose_batch([reader], now=NOW)
    assert choice.picks is not None
    row = Delivery.objects.create(
        subscriber=reader, day=choice.day, picks=choice.picks, language=language, created_at=NOW
    )
    message = email.message_from_bytes(build_batch([row], now=NOW)[row.pk].data, policy=email.policy.default)
    part = message.get_body(("html",))
    assert part is not None
    return part.get_content()


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_long_papers_are_read_in_a_minute(language, measure):
    topics, papers = make_long_day()
    untold = measure(digest_in(language, topics))
    tell(papers, language)
    told = measure(digest_in(language, topics))
    for found in (untold, told):
        assert found.jumps == len(found.lines) == PAPERS
        assert found.glance <= GLANCE
        assert sum(bottom <= SCREEN for bottom in found.lines) >= ON_FIRST_SCREEN
        assert set(found.rows) == {1}
        assert found.low == 0
        assert min(found.links) >= 4
        assert found.whole <= WHOLE
