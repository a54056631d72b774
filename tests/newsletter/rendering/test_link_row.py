"""One row of links under a card."""

import pytest

from newsletter.languages import LANGUAGES
from newsletter.rendering.link_row import FONT_SIZE, GAP, SMALLEST, link_row
from newsletter.rendering.papers import Link, PaperView
from newsletter.rendering.phrases import phrases
from newsletter.rendering.wrapping import PHONE, width


def view_in(language, *, has_reading=False, links=()):
    page = Link("https://paperpost.example/papers/1/", text="View on Paperpost", is_main=True)
    return PaperView(
        language=language,
        arxiv_id="astro-ph/0601001",
        title="A title",
        abstract_url="https://arxiv.org/abs/1",
        author_line="Ada Lovelace",
        sentence="A sentence.",
        points=(),
        links=(page, Link("https://arxiv.org/pdf/1", text="PDF"), *links),
        has_reading=has_reading,
    )


MORE = (
    Link("https://arxiv.org/html/1", text="HTML"),
    Link("https://code.example/", phrase="digest.code"),
    Link("https://project.example/", phrase="digest.project"),
)


@pytest.mark.parametrize("has_reading", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_and_the_readers_answers_fit_in_every_language(language, has_reading):
    row = link_row(view_in(language, has_reading=has_reading, links=MORE))
    assert row[0].is_main
    assert [link.path for link in row if link.is_vote] == [
        "?paper=astro-ph%2F0601001&value=1",
        "?paper=astro-ph%2F0601001&value=-1",
        "save/?paper=astro-ph%2F0601001",
    ]
    taken = [max(SMALLEST, FONT_SIZE * width(link.text, bold=link.is_main) + GAP) for link in row]
    assert sum(taken) <= PHONE


def test_files_stand_between_where_there_is_room():
    words = phrases("en")
    assert [link.text for link in link_row(view_in("en", links=MORE))] == [
        words.say("digest.row_page"), "PDF", words.say("digest.row_more"), words.say("digest.row_less"),
        words.say("digest.save"),
    ]  # fmt: skip


def test_a_reading_in_depth_is_named():
    first = link_row(view_in("en", has_reading=True))[0]
    assert first.text == phrases("en").say("digest.row_in_depth")
