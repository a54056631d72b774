"""Do topics find what belongs? The shipped catalogue against days that were read and labelled by hand.

``benchmarks/topics_labels.tsv`` holds, for 16 topics and three recorded days of cs.AI, cs.CL, cs.CV and
cs.LG, which papers are *central* (the topic is what the paper is about), *belong* (readers of the topic want
it) or are *borderline*; what is not listed does not belong. All 778 papers were read and labelled before the
topics were held against them. Two days may be looked at when queries are revised; the third, whose figures
end in ``_third_day``, is only reported.

Papers are matched, cut off and ordered as editions are, with the votes and keywords that the recorded lists
of Hugging Face have. Borderline papers count neither for nor against ``topics.precision``;
``topics.strict_…`` counts them as wrong. ``topics.central_at_10`` is the share of central papers among the
first ten of a topic and day, ``topics.central_of_possible`` the same against what an order that knows the
labels could reach with the papers that are there.
"""

import csv
import gzip
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
RECORDED = FOLDER.parents[1] / "shared" / "data"
LISTINGS = RECORDED / "arxiv_meta" / "cs_ai_cl_cv_lg_dated"
DAILY = RECORDED / "hf_daily" / "raw_gz"
THIRD_DAY = "2026-04-29"
FIRST = 10
RIGHT = ("central", "belongs")

Labels = dict[tuple[str, str], dict[str, str]]
"""For (day, topic's slug), a label for each paper's arXiv id."""


def main() -> int:
    """Print the figures, one JSON object a line."""
    if not LISTINGS.with_suffix(".jsonl.gz").exists():
        sys.stderr.write(f"topics: skipped, the recorded papers are not at {RECORDED}.\n")
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DEBUG", "1")
    import django

    django.setup()
    labels = read_labels()
    with gzip.open(LISTINGS.with_suffix(".days.json.gz"), "rt", encoding="utf-8") as file:
        days: dict[str, list[str]] = json.load(file)
    facts = read_papers({paper for day in days_around(labels, days).values() for paper in day})
    editions = {
        (day, slug): papers
        for day in sorted({day for day, _ in labels})
        for slug, papers in editions_of(day, days, facts, {slug for on, slug in labels if on == day}).items()
    }
    print_figures([key for key in labels if key[0] != THIRD_DAY], labels, editions, goals=True)
    print_figures([key for key in labels if key[0] == THIRD_DAY], labels, editions, ending="_third_day")
    if "-v" in sys.argv:
        print_topics(labels, editions)
    return 0


def read_labels() -> Labels:
    """The labels by day and topic."""
    labels: Labels = defaultdict(dict)
    with (FOLDER / "topics_labels.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            labels[row["day"], row["topic"]][row["arxiv_id"]] = row["label"]
    return labels


def days_around(labels: Labels, days: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The papers of each labelled day and of the three before it: rarity is counted among them all."""
    return {
        day: [
            paper
            for back in range(4)
            for paper in days.get((date.fromisoformat(day) - timedelta(days=back)).isoformat(), ())
        ]
        for day in {day for day, _ in labels}
    }


def read_papers(wanted: set[str]) -> dict[str, dict[str, Any]]:
    """What is recorded of the wanted papers, with votes and keywords where a daily list has them."""
    facts: dict[str, dict[str, Any]] = {}
    with gzip.open(LISTINGS.with_suffix(".jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["id"] in wanted:
                facts[row["id"]] = row
    for file in sorted(DAILY.glob("2026-*.json.gz")):
        for item in json.loads(gzip.decompress(file.read_bytes())):
            paper = item["paper"]
            if paper["id"] in facts:
                facts[paper["id"]] |= {
                    "votes": paper.get("upvotes") or 0,
                    "keywords": paper.get("ai_keywords") or [],
                }
    return facts


def editions_of(
    day: str, days: Mapping[str, list[str]], facts: Mapping[str, dict[str, Any]], slugs: set[str]
) -> dict[str, list[str]]:
    """The day's papers of each topic, in the order of its edition."""
    from newsletter.editions.ranking import by_strength_and_votes
    from newsletter.models import Paper, Topic
    from newsletter.topics.assignment import weigh_topics
    from newsletter.topics.catalogue import load_topics

    topics = [
        Topic(
            pk=number,
            slug=record.slug,
            categories=list(record.categories),
            query=record.query,
            supporting=record.supporting,
            threshold=record.threshold,
        )
        for number, record in enumerate(load_topics(), 1)
        if record.slug in slugs
    ]
    around = dict.fromkeys(days_around({(day, ""): {}}, days)[day])
    papers = {
        number: Paper(
            pk=number,
            arxiv_id=known["id"],
            title=known["title"],
            abstract=known["abstract"],
            authors=known["authors"],
            categories=known["categories"],
            published_at=datetime.fromisoformat(known["published"]),
            votes=known.get("votes", 0),
            keywords=known.get("keywords", []),
        )
        for number, known in enumerate((facts[paper] for paper in around if paper in facts), 1)
    }
    weighed, problems = weigh_topics(topics, list(papers.values()))
    if problems:
        raise SystemExit("\n".join(problems))
    own = set(days[day])
    editions = {}
    for topic in topics:
        strengths = {
            number: match.strength
            for number, match in weighed[topic.pk].items()
            if match.strength >= topic.threshold and papers[number].arxiv_id in own
        }
        ordered = sorted(
            strengths,
            key=lambda pk: by_strength_and_votes(
                strengths[pk], papers[pk].votes, papers[pk].published_at, papers[pk].arxiv_id
            ),
        )
        editions[topic.slug] = [papers[number].arxiv_id for number in ordered]
    return editions


def print_figures(
    keys: Iterable[tuple[str, str]],
    labels: Labels,
    editions: Mapping[tuple[str, str], list[str]],
    *,
    ending: str = "",
    goals: bool = False,
) -> None:
    """The figures over some topics and days together."""
    every = [(labels[key], editions[key]) for key in keys]
    first = [(known, papers[:FIRST]) for known, papers in every]
    central = [(count(known.values(), "central"), known, papers) for known, papers in every]
    could = sum(min(possible, len(papers[:FIRST])) for possible, _, papers in central)
    reached = sum(count(map(known.get, papers), "central") for known, papers in first)
    shares = {
        "precision_at_10": (precision(first), ">= 0.95"),
        "central_at_10": (reached / sum(len(papers) for _, papers in first), ">= 0.80"),
        "precision": (precision(every), ">= 0.90"),
        "recall": (
            sum(count(map(known.get, papers), "central") for _, known, papers in central)
            / sum(possible for possible, _, _ in central),
            ">= 0.90",
        ),
        "central_of_possible": (reached / could, ""),
        "strict_precision_at_10": (precision(first, strict=True), ""),
        "strict_precision": (precision(every, strict=True), ""),
    }
    more = {"topics_and_days": len(every), "papers": sum(len(papers) for _, papers in every)}
    for name, (value, goal) in shares.items():
        figure(f"topics.{name}{ending}", value, **({"goal": goal} if goal and goals else {}), **more)


def precision(listed: Iterable[tuple[Mapping[str, str], list[str]]], *, strict: bool = False) -> float:
    """The share of right papers among those listed."""
    verdicts = [known.get(paper, "no") for known, papers in listed for paper in papers]
    return count(verdicts, *RIGHT) / (
        len(verdicts) if strict else len(verdicts) - count(verdicts, "borderline")
    )


def count(answers: Iterable[str | None], *labels: str) -> int:
    """How many of the answers are one of the labels."""
    return sum(answer in labels for answer in answers)


def print_topics(labels: Labels, editions: Mapping[tuple[str, str], list[str]]) -> None:
    """For the two days that may be looked at: what is wrong, what is missing."""
    for key in sorted(labels):
        if key[0] != THIRD_DAY:
            known, papers = labels[key], editions[key]
            wrong = [f"{paper}@{place}" for place, paper in enumerate(papers, 1) if paper not in known]
            missing = [paper for paper, label in known.items() if label == "central" and paper not in papers]
            print(*key, len(papers), "wrong:", *wrong, "missing:", *missing)


def figure(name: str, value: float, **more: Any) -> None:
    """Print one figure as a line of JSON."""
    print(json.dumps({"name": name, "value": round(value, 3), "unit": "share", **more}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
