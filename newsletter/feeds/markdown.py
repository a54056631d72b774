"""Writes a day as Markdown (CommonMark 0.31) in three forms, which no text of a paper can leave.

``plain`` is our own. ``papers_ko`` is that of a Korean digest of Hugging Face's daily papers, ``autofx`` that
of a Chinese blog of arXiv's topics: the same headings, lines and keys of the front matter, so that a blog or
a repository of theirs goes on with our summaries. What we do not have, such as notes on methods, is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time
from html import escape
from typing import Any, Final, NamedTuple

import yaml
from django.conf import settings
from typing_extensions import override

from newsletter.feeds.days import CopiedDay, CopiedPaper
from newsletter.feeds.entries import plain
from newsletter.readings.words import words
from newsletter.rendering.citations.markdown import escape_markdown
from newsletter.rendering.phrases import phrases

MARKDOWN_TYPE = "text/markdown; charset=utf-8"

_UPDATED = {"zh-Hans": " 更新", "zh-Hant": " 更新", "ja": " 更新"}


def write_plain(day: CopiedDay) -> str:
    """Topics, and under each its papers with all that is said of them."""
    title = phrases(day.language).day(day.day)
    front = {
        "title": plain(f"{title} · {settings.SITE_NAME}"),
        "date": day.day,
        "language": day.language,
        "url": f"{settings.SITE_URL}/archive/{day.day:%F}/{day.language}/",
        "topics": [topic.name for topic in day.topics],
    }
    lines = [f"# {escape_markdown(title)}", ""]
    for topic in day.topics:
        lines += [f"## {escape_markdown(topic.name)}", ""]
        for paper in topic.papers:
            lines += _plain_paper(paper)
        if topic.more:
            whole = f"{settings.SITE_URL}/archive/{day.day:%F}/{day.language}/?topic={topic.slug}"
            lines += [f"… {topic.more}: <{whole}>", ""]
    return _front_matter(front) + _joined(lines)


def write_papers_ko(day: CopiedDay) -> str:
    """Papers one after another: linked title, picture, votes, authors and a list."""
    lines = [f"## Daily Papers ({day.day:%F})", ""]
    for paper in day.papers:
        view = paper.view
        lines += [f"### [{escape_markdown(view.title)}]({_target(view.abstract_url)})", "", *_picture(paper)]
        if paper.video_url:
            lines += [f"[Watch Video]({_target(paper.video_url)})", ""]
        lines += [f"Vote: {paper.votes}", "", f"Authors: {_authors(paper)}", ""]
        lines += [*_points(paper, with_sentence=True), "", *_label(paper)]
    return _joined(lines)


def write_autofx(day: CopiedDay) -> str:
    """The front matter of the blog's theme, then each paper with abstract, summary and key takeaways."""
    topics = [topic.name for topic in day.topics]
    titles = " ".join([paper.view.title for paper in day.papers][:1])
    pictures = [paper.view.picture.url for paper in day.papers if paper.view.picture is not None]
    front = {
        "title": ", ".join(topics),
        "date": datetime.combine(day.day, time.min),
        "author": plain(settings.SITE_NAME),
        "cover": pictures[0] if pictures else None,
        "categories": "Paper",
        "tags": topics,
        "description": f"{', '.join(topics)} Update in {day.day:%F} {titles}",
        "keywords": ", ".join(topics),
        "toc": None,
        "toc_number": False,
        "toc_style_simple": True,
        "copyright": None,
        "copyright_author": None,
        "copyright_author_href": None,
        "copyright_url": None,
        "copyright_info": None,
        "mathjax": True,
        "katex": None,
        "aplayer": None,
        "highlight_shrink": None,
        "aside": None,
    }
    lines = [f"# {day.day:%F}{_UPDATED.get(day.language, '')}", ""]
    for paper in day.papers:
        view = paper.view
        pdf = f"http://arxiv.org/abs/{view.arxiv_id}v{paper.version}"
        lines += [f"## {escape_markdown(view.title)}", "", f"**Authors:{_authors(paper)}**", ""]
        lines += [
            escape_markdown(paper.abstract),
            "",
            f"[PDF]({_target(pdf)}) {escape_markdown(paper.comment)}".rstrip(),
            "",
        ]
        lines += ["**Summary**", escape_markdown(plain(view.sentence)), ""]
        if points := list(_points(paper)):
            lines += ["**Key Takeaways**", *points, ""]
        lines += [*_label(paper), *_facts_in_html(paper), *_pictures_in_html(paper)]
    return _front_matter(front) + _joined(lines)


class Form(NamedTuple):
    """A form of a day. ``language`` is that of the system it comes from, "" for any; a copy of the archive
    ``has_topics`` as files of their own or all of a day in one.
    """

    write: Callable[[CopiedDay], str]
    language: str = ""
    has_topics: bool = False


FORMS: Final[Mapping[str, Form]] = {
    "plain": Form(write_plain),
    "papers_ko": Form(write_papers_ko, language="ko"),
    "autofx": Form(write_autofx, language="zh-Hans", has_topics=True),
}


def _plain_paper(paper: CopiedPaper) -> list[str]:
    view = paper.view
    page = f"{settings.SITE_URL}/papers/{view.arxiv_id}/{view.language}/"
    lines = [f"### [{escape_markdown(view.headline)}]({_target(page)})", ""]
    if view.translated_title:
        lines += [f"*{escape_markdown(view.title)}*", ""]
    lines += [_authors(paper), "", *_picture(paper)]
    lines += [f"**{escape_markdown(plain(view.sentence))}**", "", *_points(paper), ""]
    links = [f"[{escape_markdown(text)}]({_target(url)})" for text, url in view.texts_of_links]
    return [*lines, *_label(paper), f"{escape_markdown(f'arXiv:{view.arxiv_id}')} · {' · '.join(links)}", ""]


def _authors(paper: CopiedPaper) -> str:
    return escape_markdown(", ".join(paper.authors))


def _points(paper: CopiedPaper, *, with_sentence: bool = False) -> Iterator[str]:
    view = paper.view
    if with_sentence:
        yield f"- {escape_markdown(plain(view.sentence))}"
    for point in view.takeaways:
        yield f"- {escape_markdown(plain(point))}"
    if view.consequence is not None:
        text = escape_markdown(plain(view.consequence.text))
        yield f"- **{escape_markdown(view.consequence_heading)}** {text}"


def _label(paper: CopiedPaper) -> list[str]:
    """Who wrote the summary, and what of it was checked."""
    return [f"*{escape_markdown(paper.view.label)}*", ""] if paper.view.label else []


def _picture(paper: CopiedPaper) -> list[str]:
    view = paper.view
    if view.picture is not None:
        return [f"![]({_target(view.picture.url)})", ""]
    if view.figure is not None:
        credit = phrases(view.language).say("digest.paper_figure_caption", authors=view.figure.credit)
        licence = f"[{escape_markdown(view.figure.licence_name)}]({_target(view.figure.licence_url)})"
        alt = escape_markdown(plain(view.figure.alt))
        return [
            f"![{alt}]({_target(view.figure.png)})",
            "",
            f"{escape_markdown(plain(credit))} · {licence}",
            "",
        ]
    return []


def _facts_in_html(paper: CopiedPaper) -> list[str]:
    """What the blog lists of a paper in HTML: its title in the blog's language, where its authors work, and
    where else it stands.
    """
    view = paper.view
    names = words(view.language)
    facts = [plain(view.translated_title)]
    if view.organisation:
        facts.append(f"{names['affiliations']}: {plain(view.organisation)}")
    facts += [f"{text}: {url}" for text, url in view.texts_of_links]
    items = [f"<li>{_in_html(fact)}</li>" for fact in facts if fact]
    return ["<ol>", *items, "</ol>", ""] if items else []


def _pictures_in_html(paper: CopiedPaper) -> list[str]:
    """The picture, folded, as the blog has it; a paper's own figure with its authors and its licence."""
    view = paper.view
    if view.picture is not None:
        picture, caption = f'<img src="{_in_html(view.picture.url)}" align="middle">', []
    elif view.figure is not None:
        alt = _in_html(plain(view.figure.alt))
        picture = f'<img src="{_in_html(view.figure.png)}" alt="{alt}" align="middle">'
        credit = phrases(view.language).say("digest.paper_figure_caption", authors=view.figure.credit)
        licence = f'<a href="{_in_html(view.figure.licence_url)}">{_in_html(view.figure.licence_name)}</a>'
        caption = [f"<p>{_in_html(plain(credit))} · {licence}</p>"]
    else:
        return []
    label = _in_html(words(view.language)["figures"])
    return ["<details>", f"  <summary>{label}</summary>", picture, *caption, "</details>", ""]


def _in_html(text: str) -> str:
    """``text`` as HTML that a blog's own template language finds nothing in."""
    return escape(text).replace("{", "&#123;").replace("}", "&#125;")


def _target(url: str) -> str:
    """An address, which has no white space and no angle bracket, as a link's destination."""
    return f"<{url}>" if "(" in url or ")" in url else url


def _joined(lines: list[str]) -> str:
    """The lines as a document: never two empty ones in a row, and one line break at the end."""
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).rstrip("\n") + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes a key without a value as themes have it, with nothing after the colon, and lists indented."""

    @override
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))


def _front_matter(values: Mapping[str, Any]) -> str:
    text = yaml.dump(
        dict(values),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        indent=4,
        width=10_000,
    )
    return f"---\n{text}---\n\n"
