"""The check "evidence", another side: a sentence that only says where code or data lie supports nothing else.

"The code is at https://…" would otherwise carry any sentence that fits every paper, in languages whose words
cannot be lined up with the evidence's.
"""

import re
from collections.abc import Iterator

from newsletter.summaries.grounding import words
from newsletter.summaries.grounding.findings import Finding

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)\S+\.(?:com|org|io|net|ai|edu)(?:/\S*)?", re.IGNORECASE)
# All that such a sentence is made of, by stem.
_SAYING_WHERE_TEXT = """
code codes source data dataset datasets model models weights checkpoint checkpoints benchmark project page
website demo repository github huggingface hugging face implementation resources materials available
availability release released releasing public publicly open opensource open-source sourced made make found
find accessed access accessible hosted online here link url web site homepage visit see please
anonymous full video videos
training evaluation pretrained trained scripts script toolkit library
"""
_SAYING_WHERE = frozenset(words.stem(word) for word in words.words(_SAYING_WHERE_TEXT))
# What a takeaway about it must name, in any language: the beginnings of the words.
_NAMING_IT = (
    *(
        "code",
        "source",
        "data",
        "dataset",
        "github",
        "http",
        "release",
        "open",
        "public",
        "available",
        "weights",
    ),
    *(
        "model",
        "demo",
        "hugging",
        "página",
        "page",
        "website",
        "video",
        "código",
        "fuente",
        "dato",
        "disponib",
        "libera",
    ),
    *(
        "quellcode",
        "quelloff",
        "daten",
        "veröffentlich",
        "verfügbar",
        "gewicht",
        "donnée",
        "accessible",
        "publié",
    ),
    *(
        "dado",
        "codice",
        "dati",
        "pubblic",
        "kode",
        "sumber",
        "tersedia",
        "mã",
        "nguồn",
        "dữ liệu",
        "công khai",
    ),
    *(
        "код",
        "данны",
        "доступ",
        "опублик",
        "открыт",
        "코드",
        "데이터",
        "공개",
        "모델",
        "代码",
        "代碼",
        "数据",
        "資料",
        "數據",
    ),
    *(
        "公开",
        "公開",
        "开源",
        "開源",
        "模型",
        "コード",
        "データ",
        "モデル",
        "कोड",
        "डेटा",
        "उपलब्ध",
        "सार्वजनिक",
        "मॉडल",
    ),
    *("الكود", "كود", "شيفرة", "الشفرة", "البيانات", "بيانات", "متاح", "קוד", "נתונים", "זמין", "פתוח"),
)


def says_only_where(evidence: str) -> bool:
    """Whether a passage of the English source holds nothing but the place of code, data or a page."""
    plain = words.normalise(evidence)
    rest = _ADDRESS.sub(" ", plain)
    stems = words.content_stems(" ".join(token for token in rest.split() if token[1:].islower()))
    return bool(_ADDRESS.search(plain)) and all(stem in _SAYING_WHERE for stem in stems)


def check_availability(text: str, evidence: str, *, field: str) -> Iterator[Finding]:
    if not evidence or not says_only_where(evidence):
        return
    said = words.normalise(text).lower()
    if not any(name in said for name in _NAMING_IT):
        message = "The evidence only says where something can be found; the text says something else."
        yield Finding("evidence", "failed", field, (evidence,), message)
