"""Files that were made to do harm, or are simply broken: each ends in time, with its reason."""

import io
import os
import pickle
import time
import zlib

import pypdfium2
import pytest

from lib.sandbox import SandboxLimits, run_in_sandbox
from newsletter.errors import Unreadable
from newsletter.sources.fulltext.html import MAX_BYTES
from tests.newsletter.sources.fulltext.pdf_writer import assemble

pytestmark = pytest.mark.processes

HTML = "newsletter.sources.fulltext.jobs:read_html_file"
PDF = "newsletter.sources.fulltext.jobs:read_pdf_file"
SMALL = SandboxLimits(memory=512 * 2**20, seconds=10)


def reason_of(function: str, data: bytes, limits: SandboxLimits = SMALL) -> str:
    began = time.monotonic()
    with pytest.raises(Unreadable) as raised:
        run_in_sandbox(function, data, limits=limits, make_error=Unreadable, url="")
    assert time.monotonic() - began < 2 * limits.seconds + 10
    assert raised.value.message
    return raised.value.reason


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    return assemble(objects)


def one_page(content: bytes, extra: bytes = b"") -> bytes:
    return pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra, content),
    )


def pages(count: int) -> bytes:
    file = pypdfium2.PdfDocument.new()
    for _ in range(count):
        file.new_page(200, 200)
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def test_a_pdf_that_is_none():
    assert reason_of(PDF, b"") == "broken"
    assert reason_of(PDF, b"<html>Not found</html>") == "broken"
    assert reason_of(PDF, b"%PDF-1.4 and then nothing") == "broken"
    assert reason_of(PDF, b"%PDF-1.4\n" + os.urandom(50_000)) == "broken"


def test_a_thesis_of_three_hundred_pages():
    assert reason_of(PDF, pages(300)) == "too many pages"


def test_a_scan_has_no_text():
    assert reason_of(PDF, pages(3)) == "scanned"


def test_a_stream_that_unpacks_to_very_much():
    packer = zlib.compressobj(1)
    bomb = (
        b"".join(packer.compress(b"BT /F 9 Tf (aaaa) Tj ET\n" * 40_000) for _ in range(900)) + packer.flush()
    )
    assert len(bomb) < 8 * 2**20
    reason = reason_of(PDF, one_page(bomb, b"/Filter /FlateDecode"))
    assert reason in {"too slow", "too much memory", "broken", "scanned"}


def test_a_page_tree_that_contains_itself():
    loop = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>",
    )
    assert reason_of(PDF, loop) in {"broken", "scanned"}


def test_a_form_that_draws_itself():
    data = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 5 0 R"
        b" /Resources << /XObject << /X 4 0 R >> >> >>",
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >>"
        b" /Length 11 >>\nstream\n/X Do /X Do\nendstream",
        b"<< /Length 5 >>\nstream\n/X Do\nendstream",
    )
    assert reason_of(PDF, data) in {"broken", "scanned", "too slow"}


def test_a_pdf_with_very_many_letters_on_a_page_ends_in_time():
    line = b"abcdefghij klmnopqrst " * 20
    text = b"".join(b"BT /F 1 Tf 1 0 0 1 10 %d Tm (%s) Tj ET\n" % (y, line) for y in range(5, 785))
    outcome = run_in_sandbox(
        PDF, one_page(zlib.compress(text), b"/Filter /FlateDecode"), limits=SMALL, url=""
    )
    assert outcome.peak < SMALL.memory
    assert outcome.seconds < SMALL.seconds


def test_the_peak_is_the_childs_own():
    ballast = bytearray(SMALL.memory + 2**20)
    ballast[::4096] = b"x" * len(ballast[::4096])
    said = one_page(b"BT /F 12 Tf 1 0 0 1 72 700 Tm (" + b"Some words of a paper. " * 30 + b") Tj ET")
    assert len(ballast) > SMALL.memory > run_in_sandbox(PDF, said, limits=SMALL, url="").peak > 0


def test_html_that_is_none_too_large_or_too_deep():
    assert reason_of(HTML, b"") == "broken"
    assert reason_of(HTML, b"\x00" * 1000) == "broken"
    assert reason_of(HTML, b"<html>" + b" " * MAX_BYTES) == "too large"
    assert reason_of(HTML, b"<html><body>" + b"<div>" * 300_000) in {"not a paper", "broken"}
    deep = b"<html><body><article class='ltx_document'>" + b"<div class='ltx_para'>" * 100_000 + b"x"
    assert reason_of(HTML, deep) in {"empty", "broken"}


def test_html_whose_conversion_broke_off_is_refused_however_long_it_is():
    page = (
        b"<html><body><p>HTML conversion had a Fatal error and exited abruptly. This document may be "
        b"truncated or damaged.</p><article class='ltx_document'><section class='ltx_section'>"
        b"<div class='ltx_para'><p>" + b"word " * 500 + b"</p></div></section></article></body></html>"
    )
    assert reason_of(HTML, page) == "conversion failed"


def test_a_table_cell_that_spans_a_billion_columns():
    page = (
        b"<html><body><article class='ltx_document'><section class='ltx_section' id='S1'>"
        b"<figure class='ltx_table'><figcaption><span class='ltx_tag'>Table 1: </span>Wide.</figcaption>"
        b"<table class='ltx_tabular'>"
        + b"<tr><td colspan='999999999' rowspan='999999999'>1</td></tr>" * 50
        + b"</table></figure><div class='ltx_para'><p>"
        + b"word " * 200
        + b"</p></div></section></article></body></html>"
    )
    value = run_in_sandbox(HTML, page, limits=SMALL, url="").value
    assert max(len(row) for row in value["tables"][0]["rows"]) <= 60


def eat_memory(data: bytes) -> int:
    return len([bytearray(50 * 2**20) for _ in range(1000)])


def spin(data: bytes) -> int:
    while True:
        pass


def crash(data: bytes) -> int:
    os.abort()


def shout(data: bytes) -> dict[str, str]:
    print("this is not the answer")  # noqa: T201 - as a library might
    os.write(1, b"nor this")
    return {"secrets": ",".join(name for name in os.environ if "KEY" in name or "URL" in name)}


def flood(data: bytes) -> str:
    return "x" * (40 * 2**20)


HERE = "tests.newsletter.sources.fulltext.test_hostile"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("eat_memory", "too much memory"), ("spin", "too slow"), ("crash", "broken"), ("flood", "too large")],
)
def test_whatever_the_child_does_the_caller_gets_a_reason(name: str, reason: str):
    limits = SandboxLimits(memory=600 * 2**20, seconds=3, output=8 * 2**20)
    with pytest.raises(Unreadable) as raised:
        run_in_sandbox(f"{HERE}:{name}", b"", limits=limits, make_error=Unreadable)
    assert raised.value.reason == reason


def test_what_a_library_prints_is_not_the_answer_and_the_child_knows_no_settings():
    assert run_in_sandbox(f"{HERE}:shout", b"").value == {"secrets": ""}


def test_the_reason_survives_the_way_between_processes():
    error = Unreadable("The PDF is protected by a password.", reason="password")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.message, copy.reason, copy.transient) == (error.message, "password", False)
