"""A day of ten real papers with long titles, told in any language: what heights are measured with.

Titles, authors and abstracts are recorded ones (``../shared/data``); what is said of the papers are the true
sentences of ``benchmarks/true_sentences``, which are of real papers too, the longest of each language.
"""

import gzip
import itertools
import json
from pathlib import Path

from newsletter.images import pictures
from newsletter.images.thumbnails import paint
from newsletter.models import Paper, Topic
from newsletter.rendering.shortening import as_headline
from tests.day_of_2024 import draw_picture
from tests.factories import make_edition, make_paper, make_summary, make_topic

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT.parent / "shared" / "data" / "arxiv_meta"
SENTENCES = ROOT / "benchmarks" / "true_sentences"
PAPERS = 10
TITLE = (90, 130)  # characters: longer than nine in ten
PICTURE = "https://pictures.example/lead.png"
PICTURED = "2403.03163"


def recorded_papers():
    """Ten recorded papers, all with long titles."""
    (path,) = RECORDED.glob("cs_ai_cl_cv_lg_dated*.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = map(json.loads, lines)
        long = (record for record in records if TITLE[0] <= len(record["title"]) <= TITLE[1])
        return list(itertools.islice(long, PAPERS))


def sentences_in(language):
    """True sentences of real papers, the longest first."""
    rows = (SENTENCES / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted({row["text"] for row in map(json.loads, rows) if "text" in row}, key=len, reverse=True)


def make_long_day() -> tuple[list[Topic], list[Paper]]:
    """The papers in editions of two topics, each with votes, code and an organisation."""
    papers = [
        make_paper(
            arxiv_id=record["id"],
            title=record["title"],
            abstract=record["abstract"],
            authors=record["authors"],
            categories=record["categories"],
            primary_category=record["categories"][0],
            comment=record.get("comment") or "",
            votes=120 - number,
            code_url="https://github.com/example/code",
            code_stars=1200,
            organisation="University of Somewhere",
            image_url=PICTURE if number == 0 else "",
        )
        for number, record in enumerate(recorded_papers())
    ]
    topics = [
        make_topic("long-vision", names={"en": "Computer Vision and Pattern Recognition"}),
        make_topic("long-language", names={"en": "Large Language Models"}, colour="#7c3aed"),
    ]
    for topic, of in zip(topics, (papers[::2], papers[1::2]), strict=True):
        edition = make_edition(topic, of)
        edition.entries.update(matched=["language model", "diffusion", "reinforcement learning"])
    return topics, papers


def tell(papers, language):
    """A summary of each paper in ``language``: title, sentence and takeaways as long as real ones are."""
    told = itertools.cycle(sentences_in(language))
    for paper in papers:
        make_summary(
            paper,
            language,
            title="" if language == "en" else as_headline(next(told), TITLE[1]),
            sentence=next(told),
            takeaways=[{"text": next(told), "evidence": paper.abstract[:150]} for _ in range(4)],
        )


def store_picture():
    """The picture of the first paper, in ``MEDIA_ROOT``."""
    drawn = draw_picture(PICTURED)
    assert drawn is not None
    pictures.store(PICTURE, paint(drawn))
