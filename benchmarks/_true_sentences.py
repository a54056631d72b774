"""The sets of true sentences with the papers they are about, and what is done to them: deterministic.

``benchmarks/true_sentences/<code>.jsonl`` holds sentences written by hand, one a line: ``paper``, ``from``
and ``to`` (the evidence is that slice of the abstract, white space normalised), ``text``, ``half`` ("tune":
may be looked at while checks are mended; "report": only measured), and where there is one ``negated`` (the
meaning denied) and ``unit`` (a wrong unit or scale). A line with ``stock`` is a sentence that fits any paper.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from newsletter.grounding import Source
from newsletter.languages import LANGUAGES
from newsletter.records import SummaryDraft, Takeaway

ROOT = Path(__file__).parents[1]
SETS = ROOT / "benchmarks/true_sentences"
DATA = ROOT.parent / "shared/data"
KINDS = ("number", "name", "unit", "negation", "wrong_language", "stock", "other_paper")
_COMPANIONS = 3  # other takeaways of the same paper in a draft


@dataclass(frozen=True, slots=True)
class Sentence:
    """A true takeaway; ``start`` and ``end`` are its evidence's place in the abstract."""

    language: str
    paper: str
    start: int
    end: int
    text: str
    half: str
    negated: str = ""
    unit: str = ""

    @property
    def evidence(self) -> str:
        return sources()[self.paper].abstract[self.start : self.end]


@dataclass(frozen=True, slots=True)
class LanguageSet:
    """One language's true takeaways, and its stock sentences as (half, text)."""

    sentences: tuple[Sentence, ...]
    stock: tuple[tuple[str, str], ...]


@cache
def sets() -> dict[str, LanguageSet]:
    return {code: _read(code) for code in LANGUAGES if (SETS / f"{code}.jsonl").is_file()}


def _read(code: str) -> LanguageSet:
    rows = [json.loads(line) for line in (SETS / f"{code}.jsonl").read_text(encoding="utf-8").splitlines()]
    sentences = tuple(
        Sentence(
            code,
            row["paper"],
            row["from"],
            row["to"],
            row["text"],
            row["half"],
            row.get("negated", ""),
            row.get("unit", ""),
        )
        for row in rows
        if "text" in row
    )
    stock = tuple((row["half"], row["stock"]) for row in rows if "stock" in row)
    return LanguageSet(sentences, stock)


@cache
def sources() -> dict[str, Source]:
    """The papers that the sets are about, by arXiv id. Raises KeyError's message for those not recorded."""
    wanted = {each.paper for one in sets().values() for each in one.sentences}
    result: dict[str, Source] = {}
    for arxiv_id, title, abstract in _recorded():
        if arxiv_id in wanted and arxiv_id not in result and title and abstract:
            result[arxiv_id] = Source(" ".join(title.split()), " ".join(abstract.split()), arxiv_id)
            if len(result) == len(wanted):
                break
    if len(result) < len(wanted):
        raise LookupError(f"Not recorded in {DATA}: {', '.join(sorted(wanted - result.keys()))}")
    return result


def _recorded() -> Iterator[tuple[str, str, str]]:
    hugging_face = DATA / "hf_daily"
    for path in sorted([*hugging_face.glob("raw_plain/*.json"), *hugging_face.glob("raw_gz/*.json.gz")])[
        ::-1
    ]:
        raw = path.read_bytes()
        rows = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
        for row in rows if isinstance(rows, list) else ():
            paper = row.get("paper") or {}
            yield paper.get("id", ""), paper.get("title") or "", paper.get("summary") or ""
    for path in sorted(DATA.glob("arxiv_meta/*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield row.get("id", ""), row.get("title") or "", row.get("abstract") or ""


def draft(sentence: Sentence, text: str) -> SummaryDraft:
    """A summary whose last takeaway is ``text``, after other true ones of the same paper."""
    own = [each for each in sets()[sentence.language].sentences if each.paper == sentence.paper]
    others = [each for each in own if each is not sentence]
    first = others[0].text if others else sentence.text
    companions = [Takeaway(each.text, each.evidence) for each in others[1 : 1 + _COMPANIONS]]
    return SummaryDraft(
        sentence=first if others else "", takeaways=(*companions, Takeaway(text, sentence.evidence))
    )


def corruptions(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """(kind, text) of what a careless writer may make of a sentence; at most one of each kind."""
    chance = random.Random(f"{sentence.language} {sentence.paper} {sentence.start} {sentence.text}")
    texts = {
        "number": _other_number(sentence, chance),
        "name": _other_name(sentence, chance),
        "unit": sentence.unit,
        "negation": sentence.negated,
        "wrong_language": _other_language(sentence, chance),
        "stock": _stock(sentence, chance),
        "other_paper": _other_paper(sentence, chance),
    }
    yield from ((kind, text) for kind, text in texts.items() if text)


_NUMERAL = re.compile(r"(?<![A-Za-z\d.,^/+-])\d+(?:[.,]\d+)?(?![A-Za-z\d]|[.,]\d|-[A-Za-z])")


def _other_number(sentence: Sentence, chance: random.Random) -> str:
    numerals = list(_NUMERAL.finditer(sentence.text))
    abstract = sources()[sentence.paper].abstract
    if not numerals:
        return ""
    chosen = chance.choice(numerals)
    digits = re.split("[.,]", chosen.group())
    for _ in range(100):
        head = str(
            int(int(digits[0]) * chance.choice((0.3, 0.6, 1.4, 1.7, 2.3, 3))) + chance.choice((0, 1, 3, 7))
        )
        tail = [str(chance.randrange(1, 10 ** len(part))).zfill(len(part)) for part in digits[1:]]
        mark = "," if "," in chosen.group() else "."
        new = mark.join((head, *tail))
        if new != chosen.group() and not re.search(rf"(?<!\d){re.escape(head)}(?!\d)", abstract):
            return sentence.text[: chosen.start()] + new + sentence.text[chosen.end() :]
    return ""


_NAME = re.compile(
    r"(?<![\w-])(?=[\w-]*[A-Z\d])(?=[A-Za-z\d-]*[A-Z])[A-Z][\w.+]*(?:-[\w.+]+)*(?<![.,])", re.ASCII
)


def _names(text: str, source: str) -> list[re.Match[str]]:
    """Names of methods, models and data sets in a text: as they stand in the source, with two capitals or a
    digit.
    """
    return [
        match
        for match in _NAME.finditer(text)
        if match.group() in source
        and (sum(map(str.isupper, match.group())) > 1 or any(map(str.isdigit, match.group())))
        and len(match.group()) > 2
        and match.group() not in _EVERYWHERE
    ]


_EVERYWHERE = {
    "GPU",
    "LLM",
    "LLMs",
    "MLLM",
    "VLM",
    "API",
    "GPUs",
    "VLMs",
    "MLLMs",
    "AI",
    "3D",
    "2D",
    "DNA",
    "RNA",
}


@cache
def _all_names() -> tuple[tuple[str, str], ...]:
    """(paper, name) of every name that a title holds before its colon, or a sentence of the sets holds."""
    pairs = {
        (each.paper, match.group())
        for one in sets().values()
        for each in one.sentences
        for match in _names(each.text, sources()[each.paper].whole)
    }
    return tuple(sorted(pairs))


def _other_name(sentence: Sentence, chance: random.Random) -> str:
    own = sources()[sentence.paper].whole
    own_names = _names(sentence.text, own)
    foreign = sorted({name for paper, name in _all_names() if name.lower() not in own.lower()})
    if not own_names or not foreign:
        return ""
    name, new = chance.choice(own_names).group(), chance.choice(foreign)
    return re.sub(rf"(?<![A-Za-z\d-]){re.escape(name)}(?![A-Za-z\d-])", lambda _: new, sentence.text)


def _other_language(sentence: Sentence, chance: random.Random) -> str:
    """What another language says of the same paper, the English evidence itself among it."""
    choices = [
        each.text
        for code, one in sets().items()
        for each in one.sentences
        if code != sentence.language and each.paper == sentence.paper
    ]
    if sentence.language != "en":
        choices.append(sentence.evidence)
    return chance.choice(choices or [each.text for each in _foreign(sentence)])


def _foreign(sentence: Sentence) -> Sequence[Sentence]:
    return [each for code, one in sets().items() if code != sentence.language for each in one.sentences]


def _stock(sentence: Sentence, chance: random.Random) -> str:
    listed = [text for half, text in sets()[sentence.language].stock if half == sentence.half]
    return chance.choice(listed) if listed else ""


def _other_paper(sentence: Sentence, chance: random.Random) -> str:
    others = [each for each in sets()[sentence.language].sentences if each.paper != sentence.paper]
    return chance.choice(others).text if others else ""
