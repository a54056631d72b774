"""What is wrong with a search is said in the language of the page."""

import re

import pytest
from django.utils import translation

from newsletter.errors import QueryError
from newsletter.topics.matching import parse_query
from newsletter.topics.matching.parser import MAX_DEPTH, MAX_LENGTH, MAX_PHRASE, MAX_TERMS
from newsletter.topics.matching.problems import PROBLEMS
from subscriptions.readers.queries import LineError, read_categories, read_keywords
from subscriptions.web.forms import search_problem
from tests.subscriptions.visitors import form

WRONG = {
    "empty": " ",
    "closes-none": "a)",
    "never-closed": "(a",
    "empty-brackets": "a ()",
    "nothing-before-bracket": ")",
    "too-deep": "(" * (MAX_DEPTH + 1) + "a",
    "field-in-field": "title:(author:x)",
    "field-alone": "title:",
    "no-such-field": "colour:red",
    "stray-colon": ":a",
    "star-in-word": "diffus*",
    "star-in-field": "title:(a OR *)",
    "operator-last": "a AND",
    "operator-first": "OR a",
    "open-quote": '"a',
    "long-phrase": '"' + "a " * (MAX_PHRASE + 1) + '"',
    "no-letter": "!!!",
    "too-many-terms": "a " * (MAX_TERMS + 1),
    "too-long": "a" * (MAX_LENGTH + 1),
    "too-long-in-full": "title:(" + "x " * 390 + ")" + "y" * 2000,
    "character": "a\0",
    "no-such-category": "cat:68T45",
    "mistyped-category": "cat:cs.CVV",
}


def refused(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    return caught.value


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_each_problem_has_its_code_and_the_values_of_its_sentence(code):
    error = refused(WRONG[code])
    assert error.code == code
    assert error.message == PROBLEMS[code] % error.values


@pytest.mark.parametrize("language", ["ko", "zh-hans", "ja", "ar"])
@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_each_problem_is_said_in_each_language_with_all_its_values(code, language):
    error = refused(WRONG[code])
    line_error = LineError(error.message, **error.details)
    with translation.override(language):
        said = search_problem(line_error)
    assert said != error.message
    assert re.search(r"[^\x00-\x7f“”‘’…]", said)
    names = set(re.findall(r"%\((\w+)\)s", PROBLEMS[code]))
    assert all(str(error.values[name]) in said for name in names)


def test_the_line_is_named_where_there_are_several():
    with pytest.raises(LineError) as caught:
        read_keywords("robots\n(planning")
    with translation.override("en"):
        assert search_problem(caught.value) == "Line 2: This bracket is never closed."
    with translation.override("ko"):
        assert search_problem(caught.value) == "2번째 줄: 이 괄호가 닫히지 않았습니다."


@pytest.mark.django_db
def test_the_page_says_it_in_its_language(client):
    page = client.post("/?language=ja", form(keywords="(robots", language="ja")).content.decode()
    assert "この括弧が閉じられていません。" in page
    with pytest.raises(LineError) as caught:
        read_categories("cs.CV cs.CVV")
    assert "cs.CV" in caught.value.message
