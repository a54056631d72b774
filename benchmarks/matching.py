"""1,000 real papers against 100,000 distinct queries of their trade: seconds, memory, and is it true?

The queries are made from the vocabulary of all recorded abstracts, always the same ones. ``matching.seconds``
is everything from the queries' texts to the last hit with its words (parsing, building the index, matching),
in seconds of one core; it uses no other and waits for nothing: on a quiet machine the wall clock agrees.
"""

import gzip
import json
import os
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from newsletter.topics.matching import Match, PaperText, Query, QueryIndex, matches, parse_query

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data" / "arxiv_meta"
SCALE = float(os.environ.get("SCALE", "1"))
PAPERS = max(20, int(1000 * SCALE))
QUERIES = max(200, int(100_000 * SCALE))
SEED = 20260318

Hits = dict[int, dict[str, Match]]

_WORD = re.compile(r"[a-z][a-z-]{3,}")
_ANY_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class Writer:
    """Writes queries as readers might, from the words of one paper at a time."""

    def __init__(self, chance: random.Random, dull: set[str]) -> None:
        self._chance = chance
        self._dull = dull
        self._shapes = {
            "{word} {word}": 30,
            '"{phrase}"': 20,
            "{word} AND {word} AND {word}": 15,
            "{word}": 10,
            '({word} OR {word}) "{phrase}"': 10,
            "{word} {word} AND NOT {word}": 5,
            "cat:{category} AND {word} {word}": 4,
            "title:{word}": 3,
            'author:"{author}"': 3,
        }

    def write(self, paper: dict[str, Any]) -> str:
        """A query, or an empty text where the paper has too few words."""
        words = [word for word in _WORD.findall(paper["abstract"].lower()) if word not in self._dull]
        text = _ANY_WORD.findall(paper["abstract"])
        authors = [name for name in paper["authors"] if '"' not in name and _WORD.search(name)]
        if len(words) < 5 or not authors:
            return ""
        first, length = self._chance.randrange(len(text)), self._chance.choice((2, 2, 3))
        slots: dict[str, Callable[[], str]] = {
            "category": lambda: paper["categories"][0],
            "author": lambda: self._chance.choice(authors),
            "phrase": lambda: " ".join(text[first : first + length]),
            "word": lambda: self._chance.choice(words),
        }
        (shape,) = self._chance.choices(list(self._shapes), list(self._shapes.values()))
        return re.sub(r"\{(\w+)\}", lambda place: slots[place[1]](), shape)


def read_papers() -> Iterator[dict[str, Any]]:
    """All recorded papers."""
    for file in sorted(RECORDED.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def choose_papers() -> dict[str, PaperText]:
    """The papers that are matched, by id: always the same ones."""
    with gzip.open(RECORDED / "cs_ai_cl_cv_lg_dated.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = map(json.loads, random.Random(SEED).sample(list(lines), PAPERS))
        return {
            paper["id"]: PaperText(
                paper["title"], paper["abstract"], tuple(paper["authors"]), tuple(paper["categories"])
            )
            for paper in papers
        }


def make_queries() -> list[str]:
    """Distinct queries of every shape the language has, from words that say something."""
    frequency: Counter[str] = Counter()
    papers = 0
    for paper in read_papers():
        frequency.update(set(_WORD.findall(paper["abstract"].lower())))
        papers += 1
    dull = {word for word, count in frequency.items() if not 3 <= count <= papers * 0.05}
    del frequency
    chance = random.Random(SEED)
    writer = Writer(chance, dull)
    queries: dict[Query, str] = {}
    while len(queries) < QUERIES:
        for paper in read_papers():
            if chance.random() > QUERIES / papers:
                continue
            if query := writer.write(paper):
                queries.setdefault(parse_query(query), query)
            if len(queries) == QUERIES:
                break
    return list(queries.values())


def count_disagreements(queries: list[str], hits_of: Hits, papers: dict[str, PaperText]) -> int:
    """Pairs of a checked query and a paper on which the index and the naive evaluator do not say the same."""
    return sum(
        matches(query, paper) != hits.get(name)
        for number, hits in hits_of.items()
        for query in (parse_query(queries[number]),)
        for name, paper in papers.items()
    )


def report(name: str, value: float, unit: str, **more: Any) -> None:
    """Print one figure as a line of JSON."""
    scale = {"scale": SCALE} if SCALE != 1 else {}
    print(json.dumps({"name": f"matching.{name}", "value": value, "unit": unit, **more, **scale}), flush=True)


def main() -> int:
    """Print the figures; 1 without recorded papers."""
    if not RECORDED.is_dir():
        print(f"The recorded papers are not at {RECORDED}; nothing was measured.", file=sys.stderr)
        return 1
    queries, papers = make_queries(), choose_papers()
    checked = random.Random(SEED + 1).sample(range(len(queries)), max(1, len(queries) // 100))
    hits_of: Hits = {number: {} for number in checked}
    hits, cpu, began = 0, time.process_time(), time.perf_counter()
    parsed = {number: parse_query(text) for number, text in enumerate(queries)}
    parsing = time.process_time() - cpu
    index = QueryIndex(parsed)
    building = time.process_time() - cpu - parsing
    for hit in index.match(papers):
        hits += 1
        if hit.query in hits_of:
            hits_of[hit.query][hit.paper] = hit.match
    seconds = time.perf_counter() - began
    cpu = time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    work = {"queries": len(queries), "papers": len(papers), "hits": hits}
    report("seconds", round(cpu, 2), "s", goal="<= 10", **work)
    report("wall_seconds", round(seconds, 2), "s")
    report("parse_seconds", round(parsing, 2), "s")
    report("build_seconds", round(building, 2), "s")
    report("rss_mb", round(memory, 1), "MB", goal="<= 500")
    wrong = count_disagreements(queries, hits_of, papers)
    report("disagreements", wrong, "pairs", goal="0", queries=len(hits_of))
    return 0


if __name__ == "__main__":
    sys.exit(main())
