"""Reading full texts: ``python -m benchmarks.fulltext``. One JSON object a line.

The recorded pages and PDFs; seconds are the best of several runs (``SCALE=0.1``: fewer runs), coverage is the
share of the visible words of the worst file, counted by code of its own. Memory is the peak of the confined
process on the worst file. Without the recorded files there is nothing to measure.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks._visible_words import share_found, words_of_html, words_of_pdf
from lib.sandbox import run_confined
from newsletter.errors import Unreadable
from newsletter.sources.fulltext.document import Document
from newsletter.sources.fulltext.html import read_html
from newsletter.sources.fulltext.pdf import read_pdf

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SCALE = float(os.environ.get("SCALE", "1"))
RUNS = max(1, round(7 * SCALE))


def report(name: str, value: float, unit: str, goal: str, **more: object) -> None:
    """Print one figure as a line of JSON."""
    line = {"name": f"fulltext.{name}", "value": round(value, 4), "unit": unit, "goal": goal, **more}
    if SCALE != 1:
        line["scale"] = SCALE
    print(json.dumps(line), flush=True)


def best_seconds(read: Callable[[bytes], Document], data: bytes) -> float:
    """Of the wall clock; the best of the runs, since others use the machine, too."""
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        read(data)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def main() -> int:
    """Print the figures."""
    pages = sorted((DATA / "html/latexml_from_arxiv_source").glob("*/index.html"))
    files = sorted((DATA / "pdf").glob("*.pdf"))
    if not pages or not files:
        sys.stderr.write(f"There are no recorded files in {DATA}.\n")
        return 1
    html = {path.parent.name: path.read_bytes() for path in pages}
    pdf: dict[str, tuple[bytes, int]] = {}
    for path in files:
        data = path.read_bytes()
        try:
            pdf[path.stem] = data, read_pdf(data).pages
        except Unreadable as error:
            sys.stderr.write(f"{path.name}: {error.message}\n")

    seconds = {name: best_seconds(read_html, data) for name, data in html.items()}
    worst = max(seconds, key=lambda name: seconds[name])
    report("html_seconds", seconds[worst], "s", "<= 0.3", worst=worst, bytes=len(html[worst]))

    a_page = {name: best_seconds(read_pdf, data) / count for name, (data, count) in pdf.items()}
    worst = max(a_page, key=lambda name: a_page[name])
    report("pdf_page_seconds", a_page[worst], "s", "<= 0.15", worst=worst, pages=pdf[worst][1])

    shares = {name: share_found(words_of_html(data), read_html(data).text) for name, data in html.items()}
    shares |= {name: share_found(words_of_pdf(data), read_pdf(data).text) for name, (data, _) in pdf.items()}
    worst = min(shares, key=lambda name: shares[name])
    report("coverage", shares[worst], "share", ">= 0.97", worst=worst, files=len(shares))

    jobs = [("read_html_file", name, data) for name, data in html.items()]
    jobs += [("read_pdf_file", name, data) for name, (data, _) in pdf.items()]
    peaks = {
        name: run_confined(f"newsletter.sources.fulltext.jobs:{job}", data, url="").peak
        for job, name, data in jobs
    }
    worst = max(peaks, key=lambda name: peaks[name])
    report("rss_mb", peaks[worst] / 2**20, "MB", "<= 1024", worst=worst)
    return 0


if __name__ == "__main__":
    sys.exit(main())
