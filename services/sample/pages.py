"""The full texts of the two invented papers, as arXiv would serve them: HTML, figures, the abstract page."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from services.sample.figures import draw_figure
from services.sample.loading import load_sample

_PATH = re.compile(r"/(?P<form>html|abs)/(?P<id>[\d.]+)v1(?:/(?P<figure>\w+)\.png)?")
_HTML = "text/html; charset=utf-8"


def page_of(path: str) -> tuple[bytes, str] | None:
    """Body and content type of what lies at ``path``; None for what is not there."""
    match = _PATH.fullmatch(path)
    reading = load_sample_once().readings.get(match["id"]) if match else None
    if match is None or reading is None:
        return None
    if match["figure"]:
        picture = draw_figure(match["id"], match["figure"])
        return None if picture is None else (picture, "image/png")
    if match["form"] == "abs":
        return _abstract_page(reading).encode(), _HTML
    return _html(match["id"], reading).encode(), _HTML


load_sample_once = cache(load_sample)


def _abstract_page(reading: Mapping[str, Any]) -> str:
    link = f'<a href="{escape(reading["licence"])}">licence</a>'
    return f'<!doctype html><html lang="en"><body><div class="abs-license">{link}</div></body></html>'


def _html(arxiv_id: str, reading: Mapping[str, Any]) -> str:
    """The paper as LaTeXML writes one: sections, paragraphs and floats with anchors."""
    paper = next(each for each in load_sample_once().papers if each["id"] == arxiv_id)
    sections = "".join(
        _section(number, section, reading, folder=f"{arxiv_id}v1")
        for number, section in enumerate(reading["sections"])
    )
    authors = escape(", ".join(paper["authors"]))
    head = (
        f'<h1 class="ltx_title ltx_title_document">{escape(paper["title"])}</h1>'
        '<div class="ltx_authors"><span class="ltx_creator"><span class="ltx_personname">'
        f"{authors}<br>{escape(reading['affiliation'])}</span></span></div>"
        '<div class="ltx_abstract"><h6 class="ltx_title">Abstract</h6>'
        f'<p class="ltx_p">{escape(paper["abstract"])}</p></div>'
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{arxiv_id}</title></head><body>'
        f'<div class="ltx_page_main"><article class="ltx_document">{head}{sections}</article></div>'
        "</body></html>"
    )


def _section(number: int, section: Mapping[str, Any], reading: Mapping[str, Any], *, folder: str) -> str:
    anchor = f"S{number + 1}"
    paragraphs = "".join(
        f'<div id="{anchor}.p{at}" class="ltx_para"><p class="ltx_p">{escape(text)}</p></div>'
        for at, text in enumerate(section["paragraphs"], start=1)
    )
    figures = "".join(
        _float(
            f"F{at}",
            f"Figure {at}",
            each["caption"],
            f'<img src="{folder}/{each["name"]}.png" class="ltx_graphics" alt="">',
        )
        for at, each in enumerate(reading["figures"], start=1)
        if each["section"] == number
    )
    table = reading["table"]
    if table["section"] == number:
        figures += _float("T1", "Table 1", table["caption"], _cells(table["rows"]), kind="table")
    return (
        f'<section id="{anchor}" class="ltx_section"><h2 class="ltx_title">'
        f'<span class="ltx_tag">{number + 1} </span>{escape(section["title"])}</h2>'
        f"{paragraphs}{figures}</section>"
    )


def _float(anchor: str, label: str, caption: str, content: str, *, kind: str = "figure") -> str:
    return (
        f'<figure id="{anchor}" class="ltx_{kind}">{content}<figcaption class="ltx_caption">'
        f'<span class="ltx_tag">{label}: </span>{escape(caption)}</figcaption></figure>'
    )


def _cells(rows: Sequence[Sequence[str]]) -> str:
    lines = "".join(
        '<tr class="ltx_tr">' + "".join(f'<td class="ltx_td">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f'<table class="ltx_tabular">{lines}</table>'
