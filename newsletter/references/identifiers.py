"""arXiv ids and DOIs wherever the fields of a reference hide them. Pure.

Ids of both kinds: since 2007-04 YYMM.NNNN, since 2015 with five digits; before that archive/YYMMNNN, whose
subject class ("math.GT/…") is no part of the id (https://info.arxiv.org/help/arxiv_identifier.html). What
arXiv would refuse as an id is none here: one such id in a question costs a question more.
"""

import re
import unicodedata
from urllib.parse import unquote

LONGEST_FIELD = 4_000  # characters of a field that are looked at

# All archives that ids of before 2007-04 begin with, those included that were merged into others.
ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs"
    "|dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|math|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol"
    "|physics|plasm-ph|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_MONTH = r"(?:0[1-9]|1[0-2])"
_NUMBER = rf"(?:9[1-9]|0[0-7]){_MONTH}\d{{3}}"
_NEW = rf"(?P<new>(?:0[7-9]|1[0-4]){_MONTH}\.\d{{4}}|(?:1[5-9]|[2-4]\d){_MONTH}\.\d{{5}})"
_OLD = rf"\b(?P<archive>{ARCHIVES})(?:\.[A-Za-z-]{{2,15}})?/(?P<number>{_NUMBER})"
_VERSION = r"(?:v[1-9]\d{0,2})?"
_ID = rf"(?:{_NEW}|{_OLD}){_VERSION}(?![\d/])"
_BARE = re.compile(rf"(?:arxiv\s*:\s*)?{_ID}(?:\s*\[[A-Za-z.-]+\])?", re.IGNORECASE | re.ASCII)
# What stands before an id in addresses, DOIs, notes and names of journals.
_MARKED = re.compile(
    r"(?:arxiv\.org/[a-z-]{2,10}/|ar5iv(?:\.labs\.arxiv)?\.org/(?:abs|html)/|alphaxiv\.org/[a-z]{2,10}/"
    r"|huggingface\.co/papers/|10\.48550/arxiv\.|\babs/|\barxiv(?:\s+(?:e-?prints?|preprints?))?[\s:.,#]{0,4}"
    rf"(?:arxiv:\s?|abs/)?){_ID}",
    re.IGNORECASE | re.ASCII,
)
_ALONE_NUMBER = re.compile(_NUMBER, re.ASCII)
_ARCHIVE = re.compile(rf"({ARCHIVES})(?:\.[A-Za-z-]{{2,15}})?", re.ASCII)
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}\\|^`]{1,200}", re.ASCII)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")


def bare_arxiv_id(text: str) -> str:
    """The versionless id if ``text`` is nothing but one ("2403.03163v2", "arXiv:cs/0112017"); else ""."""
    plain = _plain(text)
    match = _BARE.fullmatch(plain) or _MARKED.fullmatch(plain.removesuffix(".pdf"))
    return _id_of(match) if match else ""


def marked_arxiv_id(text: str) -> str:
    """The first id in ``text`` that is called one: by an address, a DOI or the word arXiv; else ""."""
    match = _MARKED.search(_plain(text))
    return _id_of(match) if match else ""


def old_arxiv_id(number: str, archive: str) -> str:
    """The id of an entry that keeps the archive apart: "0112017" and "cs.AI" are cs/0112017; else ""."""
    number, name = _plain(number), _ARCHIVE.fullmatch(_plain(archive))
    return f"{name[1]}/{number}" if name and _ALONE_NUMBER.fullmatch(number) else ""


def doi_in(text: str) -> str:
    """The first DOI in ``text``, in lower case, in which DOIs are compared; else ""."""
    match = _DOI.search(unquote(text[:LONGEST_FIELD]).replace("\\_", "_").replace("\\", ""))
    return match[0].rstrip(".,;:)]'").lower() if match else ""


def _plain(text: str) -> str:
    """``text`` without the braces, percent signs and dashes that keep an id from being seen."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_FIELD]).translate(_DASHES)
    return unquote(plain.replace("{", "").replace("}", "").replace("\\", "")).strip(" \t\n.,;<>()[]'\"")


def _id_of(match: re.Match[str]) -> str:
    return match["new"] or f"{match['archive'].lower()}/{match['number']}"
