"""What a text mentions: web addresses of code and data, and the institutions on a title page. Pure."""

import re
from collections.abc import Iterator

_URL = re.compile(r"https?://[^\s<>\"'“”{}|\\^`\]）)]+", re.IGNORECASE)
_DATA = re.compile(
    r"^https?://(?:www\.)?(?:huggingface\.co/datasets/|zenodo\.org/|kaggle\.com/|figshare\.com/|osf\.io/"
    r"|data\.mendeley\.com/|[\w.-]*dataverse[\w.-]*/|doi\.org/10\.5281/|physionet\.org/)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^https?://(?:www\.)?(?:(?:github|gitlab|bitbucket)\.(?:com|org)/[\w.-]+|codeberg\.org/[\w.-]+"
    r"|[\w-]+\.github\.io\b|sourceforge\.net/projects/|huggingface\.co/(?!papers|docs|spaces$)[\w.-]+"
    r"|gist\.github\.com/)",
    re.IGNORECASE,
)
_MOST_LINKS = 12


def addresses(text: str) -> Iterator[str]:
    """Web addresses in prose, without the punctuation that follows them."""
    for match in _URL.finditer(text):
        yield match.group().rstrip(".,;:!?")


def sort_links(urls: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Links to code and links to data among addresses, in order, each once, a dozen at most."""
    usable = [url for url in dict.fromkeys(urls) if len(url) <= 500 and url.isascii()]
    data = tuple(url for url in usable if _DATA.match(url))
    code = tuple(url for url in usable if _CODE.match(url) and url not in data)
    return code[:_MOST_LINKS], data[:_MOST_LINKS]


_INSTITUTION = re.compile(
    r"\b(?:universit|institut|college|school of|laborator|labs?\b|department|faculty|academy|academi"
    r"|cent(?:re|er)\b|research|hospital|polytechnic|politecnico|école|eth zürich|epfl|mit\b|cnrs|inria|cern"
    r"|inc\b|corp\b|gmbh|ltd\b|observatory|foundation|google|deepmind|microsoft|meta ai|nvidia|openai"
    r"|anthropic|alibaba|tencent|baidu|huawei|bytedance|amazon|apple|ibm|bloomberg|samsung|kaist|hochschule"
    r"|technion)",
    re.IGNORECASE,
)
_MARKS = re.compile(r"^[\s\d*†‡§¶,;:&#^]+|[\s*†‡§¶,;:&#^]+$")
_MOST_AFFILIATIONS = 12


def affiliations_in(lines: list[str]) -> tuple[str, ...]:
    """The lines of a title page that name an institution, each once, at most a dozen."""
    affiliations = []
    for line in lines:
        plain = _MARKS.sub("", " ".join(line.split()))
        if 4 <= len(plain) <= 160 and "@" not in plain and _INSTITUTION.search(plain):
            affiliations.append(plain)
    return tuple(dict.fromkeys(affiliations))[:_MOST_AFFILIATIONS]
