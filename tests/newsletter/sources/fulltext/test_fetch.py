"""Where full texts come from: HTML, else PDF, else the abstract, each asked for as rarely as possible."""

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import SourceError, Unreadable
from newsletter.sources.fulltext import fetch
from newsletter.sources.fulltext.document import Document
from newsletter.sources.fulltext.fetch import FullTexts, licence_on_page, picture_address
from tests.newsletter.readings import paper as invented
from tests.newsletter.readings.conftest import CC_BY, Place, arxiv, source

pytestmark = pytest.mark.processes

__all__ = ["arxiv", "source"]
NAME = f"{invented.ARXIV_ID}v1"


def read(source: FullTexts) -> Document:
    return source.read(invented.ARXIV_ID, 1, title=invented.TITLE, abstract=invented.ABSTRACT)


def test_the_html_is_read_once_and_kept(source: FullTexts, arxiv: Place):
    first, second = read(source), read(source)
    assert first == second
    assert first.origin == "html"
    assert first.title == invented.TITLE
    assert arxiv.asked == [f"/html/{NAME}"]


def test_without_html_the_pdf_is_read_and_the_reason_is_noted(
    source: FullTexts, arxiv: Place, recorded: Path
):
    arxiv.files = {f"/pdf/{NAME}": (recorded / "pdf/1912.11624v1.pdf").read_bytes()}
    document = read(source)
    assert document.origin == "pdf"
    assert document.pages == 5
    assert "HTTP 404" in document.notes[0]


def test_a_failed_conversion_falls_back_to_the_pdf_and_a_password_to_the_abstract(
    source: FullTexts, arxiv: Place, recorded: Path
):
    fatal = (recorded / "html/latexml_fatal_page/2412.19437_index.html").read_bytes()
    locked = (recorded / "pdf/2206.01062_pg3_password.pdf").read_bytes()
    arxiv.files = {f"/html/{NAME}": fatal, f"/pdf/{NAME}": locked}
    document = read(source)
    assert document.origin == "abstract"
    assert [each.text for each in document.abstract] == [invented.ABSTRACT]
    assert "conversion" in document.notes[0]
    assert "password" in document.notes[1]


def test_trouble_that_passes_is_no_reason_to_take_less(source: FullTexts, arxiv: Place):
    arxiv.files = {f"/html/{NAME}": invented.page()[:-200]}
    with pytest.raises(SourceError) as raised:
        read(source)
    assert raised.value.transient
    assert arxiv.asked == [f"/html/{NAME}"]


def test_on_the_last_try_the_pdf_is_taken_for_html_that_stays_cut_off(
    source: FullTexts, arxiv: Place, recorded: Path
):
    arxiv.files = {
        f"/html/{NAME}": invented.page()[:-200],
        f"/pdf/{NAME}": (recorded / "pdf/1912.11624v1.pdf").read_bytes(),
    }
    document = source.read(invented.ARXIV_ID, 1, title="", abstract="", is_last_try=True)
    assert document.origin == "pdf"
    assert "cut off" in document.notes[0]


def test_a_picture_comes_from_the_papers_own_folder_only(source: FullTexts, arxiv: Place):
    document = read(source)
    assert source.picture(document, "x1.png") == invented.drawing(1)
    for image in (
        "https://elsewhere.example/x.png",
        "//elsewhere.example/x.png",
        "../../etc/passwd",
        "/abs/2603.09001",
        "data:image/png;base64,AAAA",
        "http://[broken/x.png",
        "",
    ):
        with pytest.raises(Unreadable):
            picture_address(document, image)


def test_an_address_may_name_the_papers_folder_or_not():
    document = Document(origin="html", url="https://arxiv.org/html/2403.01234v1")
    wanted = "https://arxiv.org/html/2403.01234v1/figs/x1.png"
    assert picture_address(document, "figs/x1.png") == wanted
    assert picture_address(document, "2403.01234v1/figs/x1.png") == wanted
    assert picture_address(document, "/html/2403.01234v1/figs/x1.png") == wanted


def test_the_licence_stands_on_the_abstract_page(source: FullTexts, recorded: Path):
    assert source.licence(invented.ARXIV_ID, 1) == CC_BY
    page = (recorded / "html/arxiv_org/abstract-2508.16190.html").read_bytes()
    assert licence_on_page(page) == "http://creativecommons.org/licenses/by/4.0/"
    assert licence_on_page(b"") == ""
    assert licence_on_page(b"<html><div class='other'><a href='x'>y</a></div></html>") == ""


def test_a_file_that_is_too_large_is_refused_at_once_and_says_nothing_against_arxiv(
    source: FullTexts, arxiv: Place, monkeypatch: pytest.MonkeyPatch
):
    ways = [replace(way, largest=100_000) for way in fetch.WAYS]
    monkeypatch.setattr(fetch, "WAYS", ways)
    source.gate.policy = replace(source.gate.policy, attempts=5)
    arxiv.files = {f"/html/{NAME}": b"x" * 200_000, f"/pdf/{NAME}": b"%PDF-1.7" + b"x" * 200_000}
    document = read(source)
    assert document.origin == "abstract"
    assert all("sent more than" in note for note in document.notes)
    assert arxiv.asked == [f"/html/{NAME}", f"/pdf/{NAME}"]
    assert source.gate.health().failures == 0
