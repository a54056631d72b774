"""An entry of a feed as HTML that needs no style sheet: all that the mail says of a paper.

Written here and not by a template: a feed has fifty, and a template takes five times as long for each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from newsletter.languages import Language
from newsletter.languages import language as language_of
from newsletter.rendering.papers import PaperView
from newsletter.rendering.phrases import phrases

_IN_ENGLISH = 'lang="en" dir="ltr"'


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A correction as an entry tells it; a recall has no ``old``."""

    day: str
    old: str
    right: str


def write_entry(view: PaperView, authors: str, corrections: Sequence[CorrectionLine]) -> str:
    """What is said of a paper, a block a line."""
    return "\n".join(
        [
            f"<div {_in(language_of(view.language))}>",
            *_picture(view),
            f"<div {_in(view.summary_language)}>",
            *_summary(view),
            "</div>",
            *_corrections(view, corrections),
            *(f"<p><em>{escape(said)}</em></p>" for said in (view.label,) if said),
            *(f"<p>{escape(said)}</p>" for said in (view.why,) if said),
            _source(view, authors),
            f"<p>{' · '.join(_link(url, text) for text, url in view.texts_of_links)}</p>",
            *_credit(view),
            "</div>",
        ]
    )


def _in(language: Language) -> str:
    return f'lang="{escape(language.code)}" dir="{escape(language.direction)}"'


def _link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'


def _picture(view: PaperView) -> Iterator[str]:
    if view.picture:
        width, height = view.picture.shown_width, view.picture.shown_height
        size = f' width="{width}" height="{height}"' if height else ""
        yield f'<p><img src="{escape(view.picture.url)}" alt=""{size}></p>'
    elif view.figure:
        size = f'width="{view.figure.width}" height="{view.figure.height}"'
        yield f'<p><img src="{escape(view.figure.png)}" alt="{escape(view.figure.alt)}" {size}></p>'


def _summary(view: PaperView) -> Iterator[str]:
    yield f"<p><strong>{escape(view.sentence)}</strong></p>"
    if view.takeaways:
        yield "<ul>"
        yield from (f"<li>{escape(point)}</li>" for point in view.takeaways)
        yield "</ul>"
    if view.consequence:
        heading = f'<strong lang="{escape(view.language)}">{escape(view.consequence_heading)}</strong>'
        yield f"<p>{heading} {escape(view.consequence.text)}</p>"


def _corrections(view: PaperView, corrections: Sequence[CorrectionLine]) -> Iterator[str]:
    if not corrections:
        return
    words = phrases(view.language)
    heading, was, right = [escape(words.say(f"correction.{name}")) for name in ("heading", "was", "right")]
    for one in corrections:
        old = f"{was} <del>{escape(one.old)}</del> {right} " if one.old else ""
        yield f"<p><strong>{heading}</strong> {escape(one.day)}<br>{old}{escape(one.right)}</p>"


def _source(view: PaperView, authors: str) -> str:
    """The paper's own title, authors and signals, which are in English where nothing else is said."""
    title = f"<cite {_IN_ENGLISH}>{escape(view.title)}</cite>"
    parts = [
        f"{title}<br><span {_IN_ENGLISH}>{escape(authors)}</span>",
        *(f"<span {_IN_ENGLISH}>{escape(place)}</span>" for place in (view.organisation,) if place),
        *(
            f"<span{f' {_IN_ENGLISH}' if signal.is_latin else ''}>{escape(signal.text)}</span>"
            for signal in view.signals
        ),
    ]
    return f"<p>{' · '.join(parts)}</p>"


def _credit(view: PaperView) -> Iterator[str]:
    if view.figure:
        caption = phrases(view.language).say("digest.paper_figure_caption", authors=view.figure.credit)
        licence = _link(view.figure.licence_url, view.figure.licence_name)
        yield f"<p><small>{escape(caption)} · {licence}</small></p>"
