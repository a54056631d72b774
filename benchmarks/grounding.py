"""How well the checks tell true summaries from corrupted ones: ``python -m benchmarks.grounding``.

Real pairs: Hugging Face's ``ai_summary`` with title and abstract, from the recorded daily papers of May 2025
to May 2026. The time is split: what was fitted (lists, weights, thresholds, the model's habits) was fitted on
the months before 2026, and the figures are those of January to May 2026, when the summaries were written by
another model. The earlier months' own figures are printed with ``"period": "fitted"``. The real summaries of
2026 that were refused, and why, go to standard error.
``SCALE=0.1`` measures a tenth of the pairs and says so. One JSON object a line.
"""

import gzip
import json
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks._grounding_corruptions import ALL, Pair, is_known
from newsletter.grounding import Finding, Source, Thresholds, calibrate, check_text, failed

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared/data/hf_daily"
ACROSS = ROOT / "tests/newsletter/grounding/data/across_languages.json"
GOALS = {
    "false_alarms": "<= 0.015",
    "swapped": ">= 0.995",
    "number": ">= 0.98",
    "number_same_abstract": ">= 0.6",
    "method_name": ">= 0.97",
    "comparative": ">= 0.8",
    "flip_unlisted": ">= 0.25",
    "name_same_abstract": ">= 0.3",
    "appended": ">= 0.95",
    "appended_stock": ">= 0.95",
    "across_languages": ">= 0.95",
    "across_languages_false_alarms": "<= 0.03",
}
REQUIRED = ("number", "name", "unit", "negation", "wrong_language")


def load() -> list[Pair]:
    """Hugging Face's summaries of May 2025 to May 2026, each with its paper, by day."""
    files: dict[str, Path] = {}
    for path in sorted([*DATA.glob("raw_plain/*.json"), *DATA.glob("raw_gz/*.json.gz")]):
        files.setdefault(path.name.partition(".")[0], path)
    pairs: dict[str, Pair] = {}
    for day, path in sorted(files.items()):
        if not "2025-05" <= day[:7] <= "2026-05":
            continue
        raw = path.read_bytes()
        rows = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
        for row in rows if isinstance(rows, list) else ():
            paper = row.get("paper") or {}
            title, abstract, summary = (
                " ".join((paper.get(key) or "").split()) for key in ("title", "summary", "ai_summary")
            )
            if title and abstract and summary and paper["id"] not in pairs:
                pairs[paper["id"]] = Pair(day, Source(title, abstract, paper["id"]), summary)
    return list(pairs.values())


TESTED_FROM = "2026-01"  # what is earlier was seen while the checks were made


def report(name: str, value: float, unit: str = "share", **more: object) -> None:
    """Print one figure as a line of JSON."""
    goal = None if more.get("period") else GOALS.get(name)
    line = {"name": f"grounding.{name}", "value": round(value, 4), "unit": unit, "goal": goal, **more}
    print(json.dumps({key: each for key, each in line.items() if each is not None}, ensure_ascii=False))


def refuse(text: str, pair: Pair, thresholds: Thresholds) -> tuple[Finding, ...]:
    """What the checks find against a summary of a pair's paper."""
    return failed(check_text(text, pair.source, thresholds=thresholds))


def measure_pairs(pairs: list[Pair], thresholds: Thresholds, scale: float, *, period: str = "") -> None:
    """``period`` names those pairs that are not the tested ones."""
    more: dict[str, Any] = {"scale": scale} | ({"period": period} if period else {})
    refused = [(pair, findings) for pair in pairs if (findings := refuse(pair.summary, pair, thresholds))]
    checks = Counter(check for _, findings in refused for check in {each.check for each in findings})
    report("false_alarms", len(refused) / len(pairs), pairs=len(pairs), checks=dict(checks), **more)
    for pair, findings in () if period else refused:
        reasons = "; ".join(f"{each.check}: {', '.join(each.words)}" for each in findings)
        sys.stderr.write(f"refused {pair.source.arxiv_id} ({reasons}) {pair.summary}\n")
    by_day: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_day[pair.day].append(pair)
    tried, caught = Counter[str](), Counter[str]()
    for pair in pairs:
        others = [other for other in by_day[pair.day] if other is not pair]
        for corrupt in ALL:
            corruption = corrupt(pair, others, random.Random(pair.source.arxiv_id + corrupt.__name__))
            if corruption is None:
                continue
            kinds = [corruption.kind]
            if corruption.kind == "comparative":
                kinds.append("comparative_known" if is_known(corruption.word) else "comparative_unknown")
            if corruption.kind in ("comparative_unlisted", "flip_unlisted") and is_known(corruption.word):
                raise AssertionError(f"{corruption.word} is on the lists.")
            hit = bool(refuse(corruption.text, pair, thresholds))
            for kind in kinds:
                tried[kind] += 1
                caught[kind] += hit
    for kind, count in sorted(tried.items()):
        report(kind, caught[kind] / count, tried=count, **more)


def across() -> Iterator[tuple[str, bool]]:
    """(kind, refused) of every true and every corrupted takeaway of the set across languages."""
    for at, paper in enumerate(json.loads(ACROSS.read_text(encoding="utf-8"))["papers"]):
        source = Source(paper["title"], paper["abstract"], paper["id"])
        codes = list(paper["takeaways"])
        for number, (code, takeaway) in enumerate(paper["takeaways"].items()):
            texts = [("true", takeaway["text"])]
            for kind, (old, new) in takeaway["corruptions"].items():
                texts.append((kind, takeaway["text"].replace(old, new, 1)))
            foreign = codes[(number + 1 + at % (len(codes) - 1)) % len(codes)]
            texts.append(("wrong_language", paper["takeaways"][foreign]["text"]))
            texts.append(("wrong_language", paper["evidence"]))
            for kind, text in texts:
                findings = failed(check_text(text, source, language=code, evidence=paper["evidence"]))
                yield kind, bool(findings)


def measure_across() -> None:
    """Print the figures of the set of takeaways across languages."""
    tried, caught = Counter[str](), Counter[str]()
    for kind, refused in across():
        tried[kind] += 1
        caught[kind] += refused
    share = sum(caught[kind] for kind in REQUIRED) / sum(tried[kind] for kind in REQUIRED)
    report("across_languages", share, kinds=REQUIRED)
    report("across_languages_false_alarms", caught["true"] / tried["true"], tried=tried["true"])
    for kind in sorted(tried.keys() - {"true"}):
        report(f"across_languages.{kind}", caught[kind] / tried[kind], tried=tried[kind])


def measure_time(pairs: list[Pair], thresholds: Thresholds) -> None:
    """Print the milliseconds of processor time that the checks of a summary take."""
    import config  # noqa: F401 - it tells the garbage collector, as in every worker, to look less often

    # A worker lives long: the language detector has its models and the stemmer has met the common words.
    warm, measured = pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]
    for pair in warm:
        refuse(pair.summary, pair, thresholds)
    spent = []
    for pair in measured:
        begun = time.process_time()
        refuse(pair.summary, pair, thresholds)
        spent.append(time.process_time() - begun)
    ordered = sorted(spent)
    mean = 1000 * sum(spent) / len(spent)
    more = {"median": round(1000 * ordered[len(ordered) // 2], 2), "summaries": len(spent)}
    line = {"name": "grounding.ms", "value": round(mean, 2), "unit": "ms", "goal": "<= 5", **more}
    print(json.dumps(line))


def main() -> int:
    """Print the figures; what needs the recorded papers is left out where they are not there."""
    measure_across()
    if not DATA.is_dir():
        sys.stderr.write(f"The recorded daily papers are not there ({DATA}): real pairs are not measured.\n")
        return 0
    scale = float(os.environ.get("SCALE", "1"))
    pairs = load()
    fitted = [pair for pair in pairs if pair.day < TESTED_FROM]
    tested = [pair for pair in pairs if pair.day >= TESTED_FROM]
    thresholds = calibrate([(pair.summary, pair.source) for pair in fitted])
    fitted, tested = (part[:: max(1, round(1 / scale))] for part in (fitted, tested))
    measure_time(tested[:800], thresholds)
    measure_pairs(fitted, thresholds, scale, period="fitted")
    measure_pairs(tested, thresholds, scale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
