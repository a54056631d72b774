"""How well a second look tells true statements from false ones: ``make bench NAME=judge``.

Against a judge of stated quality, over HTTP, that knows the truth and says P(yes) by a seeded distribution:
``QUALITY`` is what a real model of 1.5B parameters was measured at. So the figures say what becomes of such a
judge's answers, not how good any model is. ``judge.caught`` is the share of false statements refused at the
limit, ``judge.kept`` that of true ones accepted; ``judge.flip_unlisted`` the share of real summaries, turned
round by words that no list has, that the rules or the second look refuse, and ``judge.flip_unlisted_kept``
that of the same summaries as they were that the second look accepts; ``judge.blind`` the share of batches in
which the judge passed the planted statement and counted as none.

The statements are those of ``judge_statements.tsv`` (paper, sentence of its abstract, a true and a false
statement on it, written by hand; the abstracts are those of ../shared/data).

By hand against a real model: set ``OPENAI_BASE_URL``, ``OPENAI_API_KEY`` and ``JUDGE_MODEL`` as in production
(any endpoint; ``SCALE=0.3`` for fewer summaries), which measures that model with the same statements.
"""

import csv
import hashlib
import json
import math
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._grounding_corruptions import Pair, flip_unlisted
from benchmarks.grounding import DATA, TESTED_FROM, load, refuse
from newsletter.grounding import calibrate, failed
from newsletter.llm.client import LanguageModel, ModelEndpoint
from newsletter.llm.questions import ModelRequest
from newsletter.records import SummaryDraft
from newsletter.summaries.second_look import (
    LIMIT,
    Opinions,
    SupportQuestion,
    fitted_limit,
    kept_opinion,
    look_at,
    request_on,
    share_of_yes,
)
from newsletter.text.readable import readable, sentences
from tests.model_server import ModelServer, Said
from tests.truthful_writer import doubted

_TOKEN = re.compile(r"\w{1,9}|[^\w\s]")  # about what a tokenizer makes of English
LABELS = Path(__file__).with_name("judge_statements.tsv")
QUALITY = {"caught": 29 / 30, "kept": 25 / 30}  # at LIMIT
GOALS = {"caught": ">= 0.9", "kept": ">= 0.8", "flip_unlisted": ">= 0.8"}
FLIPS = 400  # turned summaries at SCALE=1


@dataclass(frozen=True, slots=True)
class Label:
    """A statement on a passage, whether it is true, and in which way it is false."""

    kind: str
    statement: SupportQuestion
    is_true: bool


def labels(pairs: dict[str, Pair]) -> Iterator[Label]:
    """Each line's true and false statement; a sentence that the data no longer has is told and left out."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            pair = pairs.get(row["paper"])
            passages = sentences(readable(pair.source.abstract)) if pair else ()
            at = int(row["sentence"])
            passage = passages[at] if at < len(passages) else ""
            if hashlib.sha256(passage.encode()).hexdigest()[:8] != row["mark"]:
                sys.stderr.write(f"{row['paper']} has no such sentence {at} any more: left out.\n")
                continue
            yield Label("true", SupportQuestion("statement", row["true"], passage), True)
            yield Label(row["kind"], SupportQuestion("statement", row["false"], passage), False)


# -- the judge of stated quality ---------------------------------------------------------------------------


def stated_share(statement: str, *, is_true: bool) -> float:
    """P(yes) by a beta distribution of which the stated share lies on the right side of LIMIT."""
    chance = random.Random(f"{statement} {is_true}")
    if is_true:
        return chance.betavariate(math.log(1 - QUALITY["kept"]) / math.log(LIMIT), 1)
    return chance.betavariate(1, math.log(1 - QUALITY["caught"]) / math.log(1 - LIMIT))


def judge_by(is_true: Callable[[str], bool]) -> Callable[[dict[str, Any]], Said]:
    """Answers as llama.cpp and vLLM do: one word, with the log probabilities of both."""

    def answer(request: dict[str, Any]) -> Said:
        question = doubted(request)
        assert question is not None
        yes = min(max(stated_share(question[1], is_true=is_true(question[1])), 1e-6), 1 - 1e-6)
        ranked = sorted((("Yes", math.log(yes)), ("No", math.log(1 - yes))), key=lambda each: -each[1])
        top = [{"token": token, "logprob": logprob} for token, logprob in ranked]
        tokens = sum(len(_TOKEN.findall(each["content"])) for each in request["messages"])
        logprobs = [{**top[0], "top_logprobs": top}]
        return Said(ranked[0][0], logprobs=logprobs, prompt_tokens=tokens, completion_tokens=1)

    return answer


@contextmanager
def judge(truths: set[str]) -> Iterator[LanguageModel]:
    """The real model that the environment names, else the stand-in, which knows what is true."""
    url, key = os.environ.get("OPENAI_BASE_URL", ""), os.environ.get("OPENAI_API_KEY", "")
    if url or key:
        name = os.environ.get("JUDGE_MODEL") or os.environ.get("SUMMARY_MODEL") or "gpt-4.1-mini"
        with LanguageModel(ModelEndpoint(url, key, name, timeout=300)) as model:
            yield model
        return
    with (
        ModelServer(judge_by(lambda statement: statement in truths)) as server,
        LanguageModel(ModelEndpoint(server.url, "", "stated quality")) as model,
    ):
        yield model


# -- what is measured --------------------------------------------------------------------------------------


def ask(model: LanguageModel, statement: SupportQuestion, spent: Counter[str]) -> str:
    """The opinion of a model on a statement; what it took is added to ``spent``."""
    answer = model.complete(request_on(statement))
    spent.update(questions=1, asked=answer.prompt_tokens, said=answer.completion_tokens)
    return kept_opinion(answer)


def measure_labels(model: LanguageModel, known: list[Label], spent: Counter[str]) -> None:
    """Print how many true statements are kept and how many false ones are caught."""
    read: list[tuple[Label, float]] = []
    for each in known:
        yes = share_of_yes(ask(model, each.statement, spent))
        read.append((each, 0.0 if yes is None else yes))
    shares = [(each.is_true, yes) for each, yes in read]
    accepted = [yes >= LIMIT for is_true, yes in shares if is_true]
    caught = [yes < LIMIT for is_true, yes in shares if not is_true]
    kinds: Counter[str] = Counter()
    for each, yes in read:
        kinds.update({f"{each.kind} {'caught' if yes < LIMIT else 'missed'}": 1} if not each.is_true else {})
    report("caught", sum(caught) / len(caught), tried=len(caught), kinds=dict(sorted(kinds.items())))
    report("kept", sum(accepted) / len(accepted), tried=len(accepted))
    report("fitted_limit", fitted_limit(shares))


def second_look(
    model: LanguageModel, draft: SummaryDraft, pair: Pair, spent: Counter[str]
) -> tuple[bool, bool]:
    """Whether the draft is refused, and whether the judge counted as none; asked as a run asks."""
    opinions: dict[str, str] = {}
    while (look := look_at(draft, pair.source, Opinions(opinions))).open:
        opinions[look.open[0].fingerprint] = ask(model, look.open[0], spent)
    return bool(failed(look.findings)), look.is_blind


def measure_flips(model: LanguageModel, pairs: list[Pair], flips: list[str], spent: Counter[str]) -> None:
    """Print how many summaries that were turned round are refused, by the rules and by a second look."""
    thresholds = calibrate([(pair.summary, pair.source) for pair in pairs if pair.day < TESTED_FROM])
    counts: Counter[str] = Counter()
    for pair, text in zip(pairs, flips, strict=True):
        if pair.day < TESTED_FROM:
            continue
        refused, blind = second_look(model, SummaryDraft(text, ()), pair, spent)
        by_rules = bool(refuse(text, pair, thresholds))
        true_refused, _ = second_look(model, SummaryDraft(pair.summary, ()), pair, spent)
        counts.update(tried=1, rules=by_rules, either=by_rules or refused, blind=blind, kept=not true_refused)
    tried = counts["tried"]
    report("flip_unlisted", counts["either"] / tried, tried=tried)
    report("flip_unlisted_rules_alone", counts["rules"] / tried, tried=tried)
    report("flip_unlisted_kept", counts["kept"] / tried, tried=tried)
    report("blind", counts["blind"] / tried, batches=tried)


def report(name: str, value: float, unit: str = "share", **more: object) -> None:
    """Print one figure as a line of JSON."""
    goal = GOALS.get(name)
    line = {"name": f"judge.{name}", "value": round(value, 4), "unit": unit, "goal": goal, **more}
    print(json.dumps({key: each for key, each in line.items() if each is not None}), flush=True)


def turned(pairs: list[Pair]) -> Iterator[tuple[Pair, str]]:
    """The pairs that can be turned round by a word that no list has, each with the turned summary."""
    for pair in pairs:
        corruption = flip_unlisted(pair, [], random.Random(pair.source.arxiv_id + "flip_unlisted"))
        if corruption is not None:
            yield pair, corruption.text


def main() -> int:
    """Print the figures."""
    if not DATA.is_dir():
        sys.stderr.write(f"The recorded daily papers are not there ({DATA}): nothing is measured.\n")
        return 0
    scale = float(os.environ.get("SCALE", "1"))
    pairs = load()
    known = list(labels({pair.source.arxiv_id: pair for pair in pairs}))
    measured = list(turned(pairs))
    random.Random(0).shuffle(measured)
    measured = measured[: max(10, round(FLIPS * scale))]
    truths = {each.statement.text for each in known if each.is_true} | {pair.summary for pair, _ in measured}
    spent: Counter[str] = Counter()
    with judge(truths) as model:
        measure_labels(model, known, spent)
        measure_flips(model, [pair for pair, _ in measured], [text for _, text in measured], spent)
    report("tokens_per_statement", spent["asked"] / spent["questions"], "tokens", tried=spent["questions"])
    report("same_beginning", prefix_share([request_on(each.statement) for each in known]))
    return 0


def prefix_share(requests: list[ModelRequest]) -> float:
    """The share of the questions' text that stands in front of each: what an endpoint's cache may hold."""
    texts = ["\n".join(message.content for message in request.messages) for request in requests]
    first, last = min(texts), max(texts)  # what these two share, all between them share
    shared = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), 0)
    return shared * len(texts) / sum(map(len, texts))


if __name__ == "__main__":
    sys.exit(main())
