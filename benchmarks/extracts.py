"""Do extracts say what a paper does? Against the sentences of abstracts that were read and labelled by hand.

``benchmarks/extracts_labels.tsv`` holds papers drawn with the seeds 20261129, 20261130 and 20261201 from the
recorded daily lists of Hugging Face and from arXiv's listings of nine fields: 75 of months before 2026-01 for
tuning, and three reports of 75, 75 and 40 of 2026-01 to 2026-05. Each paper was read and labelled before an
extract of it was seen. A choice tuned on the papers before it was right for .787 of the first report, .773 of
the second and .800 of the third: that is what to expect of papers that nobody looked at. Then the faults in
each were mended in kind, so that the figures of all four sets are kinder now.
A paper has one letter for each sentence of its abstract:

    says               understood alone    once its leading connective is cut    not alone
    the contribution   C                   K                                     c
    a result           R                   S                                     r
    both               B                   D                                     c
    what was done      M                   N                                     m
    none of these      b: background, an outlook, where the code is

An extract is good if its leading sentence says the contribution, one sentence of it says a result, and all of
its sentences are understood alone and say something of the paper. What an abstract does not have in such a
form is not asked for: a contribution gives way to a result, a result to nothing.
"""

import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
RECORDED = FOLDER.parents[1] / "shared" / "data"
GOAL = 0.90
ALONE, ALONE_WHEN_CUT = "CRBM", "KSDN"
CONTRIBUTIONS, RESULTS = "CKBD", "RSBD"


@dataclass(frozen=True)
class Labelled:
    """A paper's labels. ``source`` is the file below the recorded data that has the abstract."""

    half: str
    source: str
    arxiv_id: str
    letters: str


def main() -> int:
    """Print the figures, one JSON object a line; with ``-v`` also which papers are wrong, and in what."""
    if not RECORDED.is_dir():
        sys.stderr.write(f"extracts: skipped, the recorded papers are not at {RECORDED}.\n")
        return 0
    labels = read_labels()
    abstracts = read_abstracts(labels)
    faults = {one: faults_of(one, *abstracts[one.source, one.arxiv_id]) for one in labels}
    for half, name, more in (
        ("tuning", "extracts.good_tuning", {}),
        ("first_report", "extracts.good_first_report", {}),
        ("second_report", "extracts.good_second_report", {}),
        ("report", "extracts.good_third_report", {}),
        ("", "extracts.good", {"goal": f">= {GOAL}"}),
    ):
        own = {one: found for one, found in faults.items() if half in {one.half, ""}}
        good = sum(not found for found in own.values()) / len(own)
        line = {"name": name, "value": round(good, 3), "unit": "share", "papers": len(own), **more}
        print(json.dumps(line), flush=True)
        if "-v" in sys.argv and half:
            for one, found in own.items():
                if found:
                    print(one.arxiv_id, one.letters, *found, sep="  ")
    return 0


def read_labels() -> list[Labelled]:
    """The sentences with what people say of them."""
    with (FOLDER / "extracts_labels.tsv").open(encoding="utf-8", newline="") as file:
        return [Labelled(**row) for row in csv.DictReader(file, delimiter="\t")]


def read_abstracts(labels: Sequence[Labelled]) -> dict[tuple[str, str], tuple[str, str]]:
    """For each (source, arXiv id), the title and the abstract that were labelled."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for one in labels:
        wanted[one.source].add(one.arxiv_id)
    return {
        (source, arxiv_id): text
        for source, ids in wanted.items()
        for arxiv_id, text in _papers_of(RECORDED / source)
        if arxiv_id in ids
    }


def _papers_of(path: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    if "hf_daily" in path.parts:
        for item in json.loads(text):
            yield item["paper"]["id"], (item["paper"]["title"], item["paper"]["summary"])
    else:
        for row in map(json.loads, text.splitlines()):
            yield row["id"], (row["title"], row["abstract"])


def faults_of(labelled: Labelled, title: str, abstract: str) -> list[str]:
    """What is wrong with the extract of a paper; nothing if it is good."""
    from newsletter.summaries.extracts import extract
    from newsletter.text.readable import readable, sentences

    letters = labelled.letters
    own = [one for one in sentences(readable(" ".join(abstract.split()))) if len(one) > 1]
    if len(own) != len(letters):
        return [f"{len(own)} sentences, labelled {len(letters)}: label it again"]
    draft = extract(title, abstract)
    chosen = [
        _letter(text, own, letters) for text in (draft.sentence, *(one.text for one in draft.takeaways))
    ]
    standing = [letter for letter in letters if letter in ALONE + ALONE_WHEN_CUT]
    faults = [f"not alone or not of the paper: {letter}" for letter in chosen if letter not in ALONE]
    if any(letter in CONTRIBUTIONS for letter in standing):
        faults += ["no contribution leads"] * (chosen[0] not in CONTRIBUTIONS)
    if any(letter in RESULTS for letter in standing):
        faults += ["no result"] * (not any(letter in RESULTS for letter in chosen))
    if not standing:  # then there is nothing better than a contribution that refers to something
        faults = ["no contribution leads"] * (chosen[0] != "c")
    return faults


def _letter(text: str, sentences: Sequence[str], letters: str) -> str:
    """The letter of a chosen sentence, with its connective cut where it was; "?" if it is no sentence."""
    for sentence, letter in zip(sentences, letters, strict=True):
        if text == sentence:
            return letter
        if sentence[-len(text) + 1 :] == text[1:] and sentence[-len(text)].upper() == text[0]:
            return dict(zip(ALONE_WHEN_CUT, "CRBM", strict=True)).get(letter, letter)
    return "?"


if __name__ == "__main__":
    sys.exit(main())
