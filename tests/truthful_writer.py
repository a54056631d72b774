"""Invented papers and a model that summarises them truthfully, in four languages; in brief, in all sixteen.

What tests and benchmarks put behind :class:`tests.model_server.ModelServer` where the model is not at fault.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from newsletter.languages import LANGUAGES as MAILED
from tests.model_server import paper_of, question_text, statements_of
from tests.truthful_words import COMMA, WORDS

FIRST = "Sol Lum Ver Tal Nor Kel Bra Fin Gar Hol Jun Mir Pax Quo Ras".split()  # noqa: SIM905 - a list to read
LAST = "Former Cast Weave Graph Sieve Route Bridge Scope Fold Lens Merge Prune".split()  # noqa: SIM905 - as above

LANGUAGES = {"English": "en", "Korean": "ko", "Japanese": "ja", "Simplified Chinese": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Invention:
    """A paper that nobody wrote; each number has its own name and figures."""

    name: str
    bench: str
    accuracy: float
    points: float
    memory: int
    speed: float

    @property
    def title(self) -> str:
        return f"{self.name}: Sparse Attention for Long Documents"

    @property
    def sentences(self) -> tuple[str, ...]:
        return (
            "Long documents are costly for language models: attention grows with the square of length.",
            f"We propose {self.name}, a sparse attention layer that keeps only the most useful tokens.",
            (
                f"On the {self.bench} benchmark {self.name} reaches an accuracy of {self.accuracy}%, which "
                f"is {self.points} points higher than the dense baseline."
            ),
            f"It needs {self.memory}% less memory and runs {self.speed}x faster on a single GPU.",
            "Ablations show that the selection step contributes most of the gain.",
        )

    @property
    def abstract(self) -> str:
        return " ".join(self.sentences)


def invent(number: int) -> Invention:
    """The invention of a number; different numbers differ in name and figures."""
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
    return Invention(
        name=f"{first}{last}{number // (len(FIRST) * len(LAST)) or ''}",
        bench=f"{last}Bench",
        accuracy=round(60 + number * 7 % 380 / 10, 1),
        points=round(1 + number * 3 % 80 / 10, 1),
        memory=20 + number * 11 % 60,
        speed=round(1.2 + number * 13 % 70 / 10, 1),
    )


def read_invention(title: str, abstract: str) -> Invention:
    """The invention that a request is about, from its text alone."""
    found = re.search(
        r"On the (\S+) benchmark \S+ reaches an accuracy of ([\d.]+)%, which is ([\d.]+) points"
        r".* needs (\d+)% less memory and runs ([\d.]+)x",
        abstract,
    )
    assert found, abstract
    bench, accuracy, points, memory, speed = found.groups()
    return Invention(
        title.partition(":")[0], bench, float(accuracy), float(points), int(memory), float(speed)
    )


def truth(paper: Invention, code: str) -> dict[str, Any]:
    """A summary that says what the abstract says."""
    title, sentence, texts, keywords = _WORDS[code](paper)
    takeaways = [
        {"evidence": evidence, "text": text} for evidence, text in zip(paper.sentences, texts, strict=True)
    ]
    return {"title": title, "sentence": sentence, "takeaways": takeaways, "keywords": keywords}


def facts(paper: Invention) -> dict[str, Any]:
    """The claims, headline and keywords of a paper, as the abstract has them."""
    _, headline, claims, keywords = _english(paper)
    named = {f"c{number}": claim for number, claim in enumerate(claims, start=1)}
    return {**named, "headline": headline, "keywords": keywords}


def rendering(statements: dict[str, str], code: str) -> dict[str, str]:
    """What English statements of :func:`truth` or :func:`facts` are in another language, by the same keys."""
    paper = _named(statements["title"])
    (_, *english), (title, *other) = _english(paper), _WORDS[code](paper)
    pairs = dict(zip(_flat(english), _flat(other), strict=True))
    return {key: title if key == "title" else pairs[said] for key, said in statements.items()}


def _flat(said: list[Any]) -> list[str]:
    sentence, texts, keywords = said
    return [sentence, *texts, *keywords]


def _named(title: str) -> Invention:
    """The invention of a title; its number stands in the name."""
    return next(paper for number in range(20_000) if (paper := invent(number)).title == title)


def write_truth(request: dict[str, Any]) -> str:
    """The answer to a request for a summary, facts, a rendering or a second look, as the model's text."""
    question = doubted(request)
    if question is not None:
        return "Yes" if is_borne(*question) else "No"
    title, abstract, language = paper_of(request)
    if statements := statements_of(request):
        return json.dumps(rendering(statements, LANGUAGES[language]), ensure_ascii=False)
    if "\n\nAbstract: sentence by sentence\n" in question_text(request):
        return json.dumps(facts(read_invention(title, abstract)), ensure_ascii=False)
    return json.dumps(truth(read_invention(title, abstract), LANGUAGES[language]), ensure_ascii=False)


_DOUBT = re.compile(r"Passage: (\".*\")\nStatement: (\".*\")\nIf the passage")


def doubted(request: dict[str, Any]) -> tuple[str, str] | None:
    """The passage and the statement that a second look is about; None for any other request."""
    found = _DOUBT.search(request["messages"][-1]["content"])
    return (json.loads(found[1]), json.loads(found[2])) if found else None


def is_borne(passage: str, statement: str) -> bool:
    """Whether a statement of :func:`truth` is as it was: its numbers are the passage's, nothing is turned.

    Whoever copies the passage and changes a word or denies it has turned it.
    """
    numbers = re.compile(r"\d+(?:\.\d+)?")
    names = set(numbers.findall(" ".join(FIRST + LAST)))
    if not set(numbers.findall(statement)) - names <= set(numbers.findall(passage)):
        return False
    words, quoted = statement.split(), passage.split()
    return statement in passage or len(set(words) - set(quoted)) > max(1, len(words) // 8)


def write_briefly(request: dict[str, Any]) -> str:
    """The answer, in any language of the mails, about the invention that stands at the abstract's end."""
    _, abstract, language = paper_of(request)
    code = next(each.code for each in MAILED.values() if each.english_name == language)
    name = re.search(r"We propose (\S+), a sparse attention layer", abstract)
    assert name, abstract
    return json.dumps(brief_truth(read_invention(name[1], abstract), code), ensure_ascii=False)


def brief_truth(paper: Invention, code: str) -> dict[str, Any]:
    """A true summary with three takeaways, in any language of the mails."""

    def number(value: float) -> str:
        return str(value).replace(".", ",") if code in COMMA else str(value)

    title, sentence, *texts = (
        text.format(
            name=paper.name,
            bench=paper.bench,
            a=number(paper.accuracy),
            p=number(paper.points),
            m=paper.memory,
            s=number(paper.speed),
        )
        for text in WORDS[code]
    )
    takeaways = [
        {"evidence": evidence, "text": text}
        for evidence, text in zip(paper.sentences[1:4], texts, strict=True)
    ]
    keywords = [paper.name, paper.bench, "attention"]
    return {"title": title, "sentence": sentence, "takeaways": takeaways, "keywords": keywords}


def _english(p: Invention) -> tuple[str, str, list[str], list[str]]:
    return (
        "",
        f"Keeping only useful tokens lets {p.name} reach an accuracy of {p.accuracy}% on {p.bench}.",
        [
            "Attention makes long documents costly, since it grows with the square of the length.",
            f"{p.name} is a sparse attention layer that keeps just the tokens that are most useful.",
            f"Accuracy on {p.bench} is {p.accuracy}%, {p.points} points higher than the dense baseline.",
            f"On a single GPU it runs {p.speed}x faster and needs {p.memory}% less memory.",
            "According to ablations, most of the gain comes from the selection step.",
        ],
        ["sparse attention", "long documents", "language models"],
    )


def _korean(p: Invention) -> tuple[str, str, list[str], list[str]]:
    return (
        f"{p.name}: 긴 문서를 위한 희소 어텐션",
        f"{p.name}은 유용한 토큰만 남기는 희소 어텐션으로 {p.bench}에서 정확도 {p.accuracy}%를 기록합니다.",
        [
            "어텐션의 비용이 길이의 제곱으로 늘어나므로 긴 문서를 다루는 비용이 큽니다.",
            f"{p.name}은 가장 유용한 토큰만 유지하는 희소 어텐션 층입니다.",
            f"{p.bench}에서 정확도 {p.accuracy}%를 기록하여 밀집 기준보다 {p.points}포인트 높습니다.",
            f"단일 GPU에서 메모리를 {p.memory}% 적게 쓰고 {p.speed}배 더 빠르게 동작합니다.",
            "절제 실험에 따르면 성능 향상의 대부분은 선택 단계에서 나옵니다.",
        ],
        ["희소 어텐션", "긴 문서", "언어 모델"],
    )


def _japanese(p: Invention) -> tuple[str, str, list[str], list[str]]:
    return (
        f"{p.name}: 長い文書のための疎な注意機構",
        f"{p.name}は有用なトークンだけを残す疎な注意機構で、{p.bench}において精度{p.accuracy}%に達します。",
        [
            "注意機構の計算量は長さの二乗で増えるため、言語モデルにとって長い文書は高コストです。",
            f"{p.name}は最も有用なトークンだけを保持する疎な注意層です。",
            f"{p.bench}ベンチマークで精度{p.accuracy}%に達し、密なベースラインより{p.points}ポイント高いです。",
            f"単一のGPUで、メモリ使用量が{p.memory}%少なく、{p.speed}倍高速に動作します。",
            "アブレーションによると、改善の大部分は選択のステップによるものです。",
        ],
        ["疎な注意機構", "長い文書", "言語モデル"],
    )


def _chinese(p: Invention) -> tuple[str, str, list[str], list[str]]:
    return (
        f"{p.name}：面向长文档的稀疏注意力",
        f"{p.name}只保留有用的词元，以稀疏注意力在{p.bench}上达到{p.accuracy}%的准确率。",
        [
            "注意力的开销随长度的平方增长，因此语言模型处理长文档的代价很高。",
            f"{p.name}是一种只保留最有用词元的稀疏注意力层。",
            f"在{p.bench}基准上，其准确率达到{p.accuracy}%，比稠密基线高{p.points}个百分点。",
            f"它在单个GPU上所需内存减少{p.memory}%，运行速度提高到{p.speed}倍。",
            "消融实验表明，大部分提升来自选择步骤。",
        ],
        ["稀疏注意力", "长文档", "语言模型"],
    )


_WORDS = {"en": _english, "ko": _korean, "ja": _japanese, "zh-Hans": _chinese}
