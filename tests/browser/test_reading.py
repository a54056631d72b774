"""The page of a paper read in depth, before a real browser: what it says, what it never says, axe-core."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from newsletter.llm.capabilities import Memory
from newsletter.llm.client import LanguageModel, ModelEndpoint
from newsletter.models import Demand, Figure, Paper, Reading
from newsletter.readings import service
from newsletter.readings.tools import ReadingTools
from newsletter.sources.fulltext.fetch import FullTexts
from tests.browser.test_accessibility import problems
from tests.factories import NOW, make_edition, make_summary, make_topic
from tests.model_server import ModelServer
from tests.newsletter.readings import paper as invented
from tests.newsletter.readings import writers
from tests.newsletter.readings.conftest import arxiv, paper, source

__all__ = ["arxiv", "paper", "source"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
ADDRESS = f"/papers/{invented.ARXIV_ID}/{{}}/in-depth/"


def read(paper: Paper, source: FullTexts, answer: Callable[..., str], *codes: str) -> None:
    make_edition(make_topic(), [paper])
    for code in codes:
        Demand.objects.create(topic=None, language=code, readers=1)
    with ModelServer(answer=answer) as server:
        model = LanguageModel(ModelEndpoint(server.url, "", "writer"), memory=Memory())
        service.read_paper(paper, now=NOW, tools=ReadingTools(source, model))


@pytest.mark.parametrize(
    ("code", "scheme", "width"),
    [
        ("ko", "light", 390),
        ("ko", "dark", 1280),
        ("ar", "dark", 390),
        ("ar", "light", 1280),
        ("de", "light", 768),
        ("en", "light", 320),
    ],
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    open_page: Callable[..., Page],
    paper: Paper,
    source: FullTexts,
    code: str,
    scheme: str,
    width: int,
):
    read(paper, source, writers.truthful, "ko", "ar", "de")
    make_summary(paper, "ko", title="TideNet: 드문 관측소로 해안 홍수 예측하기")
    make_summary(paper, "ar", title="TideNet: التنبؤ بالفيضانات الساحلية بمقاييس قليلة")
    page = open_page(ADDRESS.format(code), color_scheme=scheme, viewport={"width": width, "height": 900})
    page.evaluate("for (const closed of document.querySelectorAll('details')) closed.open = true")
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.evaluate("Promise.all([...document.images].map(image => image.decode()))")
    assert problems(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert page.evaluate("document.images.length") >= 2


def test_the_page_says_what_the_paper_says_in_korean(
    open_page: Callable[..., Page], paper: Paper, source: FullTexts
):
    read(paper, source, writers.truthful, "ko")
    page = open_page(ADDRESS.format("ko"))
    article = page.locator("article.reading")
    for _, _, english in invented.CLAIMS:
        expect(article).to_contain_text(invented.TRANSLATIONS["ko"][english])
    rows = page.locator(".results tbody tr")
    assert rows.count() == len(invented.NUMBERS)
    for at, (method, metric, value) in enumerate(invented.NUMBERS):
        expect(rows.nth(at)).to_contain_text(method)
        expect(rows.nth(at)).to_contain_text(metric)
        expect(rows.nth(at).locator(".value")).to_have_text(value)
    expect(page.locator("figcaption").first).to_contain_text("CC BY 4.0")
    expect(page.locator("figcaption").first).to_contain_text("Ida Strand")


def test_evidence_is_folded_and_leads_to_its_place_in_the_paper(
    open_page: Callable[..., Page], paper: Paper, source: FullTexts
):
    read(paper, source, writers.truthful)
    page = open_page(ADDRESS.format("en"))
    first = page.locator("#limitations li").first
    quotation = first.locator("blockquote p")
    expect(quotation).to_be_hidden()
    first.locator("summary").click()
    expect(quotation).to_have_text(invented.LIMITS)
    link = first.locator("blockquote a")
    expect(link).to_have_text("4 Limitations")
    assert link.get_attribute("href") == f"https://arxiv.org/html/{invented.ARXIV_ID}v1#S4.p1"


def test_inventions_never_reach_the_page(open_page: Callable[..., Page], paper: Paper, source: FullTexts):
    read(paper, source, writers.half_true, "ko")
    page = open_page(ADDRESS.format("en"))
    said = page.locator("article.reading").inner_text()
    for word in (
        "OceanGPT",
        "quantum",
        "2.7 cm",
        "language model, I",
        "xxx",
        "<script>",
        "Some Error",
        "14 coasts",
    ):
        assert word not in said
    assert re.findall(r"\b3\.1\b", page.locator(".results").inner_text()) == []
    expect(page.locator("article.reading")).to_contain_text("Training takes 5 hours on one laptop.")


def test_with_a_model_that_only_invents_the_page_shows_the_abstract_and_says_so(
    open_page: Callable[..., Page], paper: Paper, source: FullTexts
):
    read(paper, source, writers.inventing, "ko")
    page = open_page(ADDRESS.format("ko"))
    expect(page.locator(".banner")).to_contain_text("아직 자세히 읽지 않은 논문입니다.")
    expect(page.locator(".abstract")).to_contain_text("TideNet lowers the mean error to 8.4 cm")
    assert page.locator(".points").count() == 0
    assert page.locator("figure img").count() == 2
    assert problems(page) == []


def test_a_language_that_is_not_there_yet_gets_english_and_is_told(
    open_page: Callable[..., Page], paper: Paper, source: FullTexts
):
    read(paper, source, writers.truthful)
    page = open_page(ADDRESS.format("ja"))
    expect(page.locator(".banner")).to_contain_text("日本語版はまだありません")
    assert page.locator(".points").first.get_attribute("lang") == "en"
    expect(page.locator("article.reading")).to_contain_text("Training takes 5 hours on one laptop.")


def test_figures_that_may_not_be_shown_are_linked(
    open_page: Callable[..., Page], paper: Paper, source: FullTexts
):
    paper.licence = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
    paper.save()
    read(paper, source, writers.truthful)
    assert set(Figure.objects.values_list("state", flat=True)) == {"linked"}
    page = open_page(ADDRESS.format("en"))
    assert page.locator("figure").count() == 0
    link = page.locator(".linked a").first
    expect(link).to_have_text("See Figure 1 in the paper")
    assert link.get_attribute("href") == f"https://arxiv.org/html/{invented.ARXIV_ID}v1#F1"


def test_pictures_are_served_plainly_and_only_those_of_the_paper(
    open_page: Callable[..., Page], paper: Paper, source: FullTexts
):
    read(paper, source, writers.truthful)
    row = Figure.objects.first()
    assert row is not None
    name = row.files["600.webp"].rsplit("/", 1)[-1]
    page = open_page(ADDRESS.format("en"))
    good = page.request.get(f"/papers/{invented.ARXIV_ID}/figures/{name}")
    assert (good.status, good.headers["content-type"]) == (200, "image/webp")
    assert good.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in good.headers["cache-control"]
    assert page.request.get(f"/papers/{invented.ARXIV_ID}/figures/settings.py").status == 404
    assert page.request.get(f"/papers/2603.09002/figures/{name}").status == 404
    assert Reading.objects.count() == 1
