"""Fifty searches with the papers that they look for, and what the search makes of them.

Each is what somebody might type who remembers a paper in part; the papers were chosen by their titles,
before anything was searched. Every other one was looked at while the order was tuned, the others (``held``)
were not. Some papers have summaries in Korean, Chinese and Japanese written here; thousands of others have
sentences of the two digests that Paperpost replaces, if they are recorded, as what they must be told from.
"""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

from benchmarks._site_pages import asked
from benchmarks._statements import statements_of

SEEDS = Path(__file__).resolve().parent.parent.parent / "shared" / "seeds"
OTHERS = 8  # of how many papers one has a Korean and one a Chinese sentence of the digests
ROUNDS = 3  # of all searches; the times of the first, which fills caches, count too

TYPOS = {
    "guassian splatting equirectangular": "2505.19883",
    "submilimeter galaxies substructure": "2510.18006",
    "quantizaton of diffusion transformers mean centered": "2506.09932",
    "person reidentification multimodal segmentaion": "2503.21595",
    "quintesence two-field DESI": "2510.21627",
    "koszul dualty coalgebras": "2603.23111",
    "brain tumro segmentation label-free": "2510.15684",
    "counterfactual explantions user preferences": "2309.16146",
    "retreival augmented financial risk contrastive": "2510.03521",
    "wirless coexistence QoS learning": "2506.22652",
}
TWO_SIGNS = {
    "더빙": "2504.02386",
    "拼写": "2512.05414",
    "迎合": "2509.21979",
    "樹冠": "2601.10931",
    "설득": "2511.22109",
}
MORE_SIGNS = {
    "맞춤법 검사": "2512.05414",
    "水质 填补": "2506.23629",
    "眼科 チャットボット": "2602.05381",
    "人物再識別": "2503.21595",
    "기후 허위정보": "2603.22015",
}
PLAIN = {
    "automated video dubbing neural codec": "2504.02386",
    "edit slides by talking to a language model": "2505.11604",
    "spell checking low-resource languages": "2512.05414",
    "implicit bias injection text-to-image": "2504.01819",
    "pruning large language models by cutting and stitching layers": "2506.20480",
    "camera radar lidar velocity estimation": "2511.01383",
    "retinal OCT implicit neural representation": "2601.02447",
    "climate disinformation retrieval narrative": "2603.22015",
    "age of the universe oldest stars hubble constant": "2509.02692",
    "tree canopy segmentation few images": "2601.10931",
    "sycophancy medical vision language models": "2509.21979",
    "survey of mid-training": "2510.06826",
    "fisheye indoor outdoor lidar dataset": "2504.01732",
    "blind face restoration information asymmetry": "2601.19506",
    "camouflaged object segmentation zero-shot": "2602.19944",
    "unsupervised grammar induction": "2509.20734",
    "chinese scene text retrieval": "2506.04999",
    "water quality imputation low-rank": "2506.23629",
    "ophthalmology chatbot patient questions": "2602.05381",
    "rotation-equivariant spherical images": "2511.18174",
    "federated adversarial prompt tuning": "2509.06992",
    "arrow of time cosmological collider": "2510.05204",
    "LLM agents chemical process development": "2603.01654",
    "story visualization consistency agents": "2506.18900",
    "digital twin production line gaussian splatting": "2504.18165",
    "underspecified questions rewriting QA": "2602.11938",
    "AI agent red teaming public competition": "2507.20526",
    "obstacle avoidance dynamic movement primitives": "2510.09254",
    "parton distribution functions lattice current-current correlators": "2605.03234",
    "persuasion detection LLM": "2511.22109",
}
SEARCHES = {**PLAIN, **TYPOS, **TWO_SIGNS, **MORE_SIGNS}
SUMMARIES = (
    (
        "2504.02386",
        "ko",
        "영상 속 입 모양과 목소리에 맞추어 대사를 자동으로 더빙하는 음성 언어 모델을 만든다.",
    ),
    ("2512.05414", "ko", "자료가 적은 언어의 맞춤법 검사를 하나의 신경망 도구로 할 수 있게 한다."),
    ("2512.05414", "zh-Hans", "为数据稀少的语言提供统一的神经网络拼写检查工具。"),
    ("2509.21979", "zh-Hans", "医学视觉语言模型会迎合提问者，本文给出评测并加以缓解。"),
    ("2601.10931", "ja", "わずか百五十枚の画像で、学習済みモデルを樹冠の領域分割に合わせ込む。"),
    ("2511.22109", "ko", "설득 전략을 이론과 데이터로 함께 읽어 내는 언어 모델 분석법이다."),
    ("2506.23629", "zh-Hans", "用卷积网络与非线性低秩表示填补缺失的水质监测数据。"),
    (
        "2602.05381",
        "ja",
        "眼科の患者から寄せられた質問に、医療用チャットボットがどれほど正しく答えるかを確かめた。",
    ),
    ("2503.21595", "ja", "複数の手がかりによる検索と精密な領域分割で、人物再識別の精度を上げる。"),
    ("2603.22015", "ko", "기후에 관한 허위정보를 이야기의 틀에 따라 찾아낸다."),
)


@dataclass(frozen=True, slots=True)
class Searches:
    """``recall`` is the share of the papers looked for that stand among the first ten, ``recall_held`` that
    of the searches that nothing was tuned on; a small archive has the papers of fewer than
    fifty ``searches``. Times are in milliseconds, of finding alone and of the whole page, uncached.
    """

    searches: int
    recall: float
    recall_held: float
    recall_of_signs: float
    recall_of_typos: float
    p95: float
    page_p95: float
    queries: int
    missed: tuple[str, ...]
    first_ten: dict[str, list[str]]


def add_summaries(now: datetime) -> None:
    """The summaries of :data:`SUMMARIES`, and sentences of the recorded digests for other papers."""
    from newsletter.models import Paper, Summary

    keys = dict(Paper.objects.values_list("arxiv_id", "pk"))
    own = [(keys[name], code, text) for name, code, text in SUMMARIES if name in keys]
    chosen = {(pk, code) for pk, code, _text in own}
    others = [
        (pk, code, texts[at % len(texts)])
        for code, texts in (("ko", _sentences("000_*.txt")), ("zh-Hans", _sentences("004_readable.md")))
        if texts
        for at, pk in enumerate(sorted(keys.values())[::OTHERS])
        if (pk, code) not in chosen
    ]
    Summary.objects.filter(paper__in=[pk for pk, _code, _text in own]).exclude(language="en").delete()
    Summary.objects.bulk_create(
        [
            Summary(paper_id=pk, language=code, state="ready", author="model", sentence=text, written_at=now)
            for pk, code, text in (*own, *others)
        ],
        batch_size=2000,
        ignore_conflicts=True,
    )


def publish_searched(now: datetime) -> None:
    """Whatever the archive made of them: the papers that the searches look for are public."""
    from newsletter.models import Entry, MailedPaper, Paper

    searched = Paper.objects.filter(arxiv_id__in=SEARCHES.values())
    searched.update(is_withdrawn=False)
    Entry.objects.filter(paper__in=searched).update(is_hidden=False)
    mailed = [MailedPaper(paper=paper, since=now.date()) for paper in searched]
    MailedPaper.objects.bulk_create(mailed, ignore_conflicts=True)


def _sentences(name: str) -> list[str]:
    """Sentences in Korean or Chinese of a recorded digest."""
    texts = [path.read_text(encoding="utf-8") for path in SEEDS.glob(name)]
    lines = (re.sub(r"[*_`#>\[\]()-]+", " ", line).strip() for text in texts for line in text.splitlines())
    return [line for line in lines if len(re.findall(r"[가-힣一-鿿]", line)) > 15]


def search_figures() -> Searches:
    """Search the database that is set up, with its index up to date."""
    from django.core.cache import caches
    from django.db import connection
    from django.test import Client

    from newsletter.models import Paper
    from newsletter.search.narrowing import Narrowing
    from newsletter.search.service import search

    times: list[float] = []
    first_ten: dict[str, list[str]] = {}
    for _ in range(ROUNDS):
        for text in SEARCHES:
            begin = time.perf_counter()
            results = search(text, Narrowing())
            times.append(1000 * (time.perf_counter() - begin))
            names = dict(
                Paper.objects.filter(pk__in=[each.paper for each in results.papers[:10]]).values_list(
                    "pk", "arxiv_id"
                )
            )
            first_ten[text] = [names[each.paper] for each in results.papers[:10]]
    client, pages, queries = Client(), [], 0
    for text in SEARCHES:
        page = partial(asked, client, f"/search/?q={quote(text)}&language=en")
        begin = time.perf_counter()
        page()
        pages.append(1000 * (time.perf_counter() - begin))
        caches["pages"].clear()
        queries = max(queries, statements_of(connection, page))
    there = set(Paper.objects.filter(arxiv_id__in=SEARCHES.values()).values_list("arxiv_id", flat=True))
    met = {text: name in first_ten[text] for text, name in SEARCHES.items() if name in there}
    return Searches(
        searches=len(met),
        recall=_share(met, SEARCHES),
        recall_held=_share(met, list(SEARCHES)[1::2]),
        recall_of_signs=_share(met, [*TWO_SIGNS, *MORE_SIGNS]),
        recall_of_typos=_share(met, TYPOS),
        p95=_p95(times),
        page_p95=_p95(pages),
        queries=queries,
        missed=tuple(text for text, is_met in met.items() if not is_met),
        first_ten=first_ten,
    )


def _share(met: dict[str, bool], texts: Iterable[str]) -> float:
    chosen = [met[text] for text in texts if text in met]
    return round(sum(chosen) / len(chosen), 3) if chosen else 0.0


def _p95(times: Sequence[float]) -> float:
    return round(sorted(times)[max(int(len(times) * 0.95) - 1, 0)], 1)
