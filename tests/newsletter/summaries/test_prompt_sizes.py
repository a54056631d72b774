"""What a paper takes in tokens, read once and said in each language, or asked for in each by itself."""

import json

import pytest

from newsletter.grounding import Source
from newsletter.languages import LANGUAGES
from newsletter.llm.questions import estimated_tokens, text_tokens
from newsletter.summaries import forms
from newsletter.summaries.forms import SummaryForm
from newsletter.summaries.translation import statements
from tests.truthful_writer import LANGUAGES as WRITTEN
from tests.truthful_writer import facts, invent, rendering, truth

PAPER = invent(3)
SOURCE = Source(PAPER.title, PAPER.abstract)


def asked(form, code="en", english=None):
    return estimated_tokens(forms.request(form, forms.PromptInput(SOURCE, code, english)).messages)


def said(answer):
    return text_tokens(json.dumps(answer, ensure_ascii=False))


def english():
    return forms.read(SummaryForm.FACTS, json.dumps(facts(PAPER)), source=SOURCE).draft


def direct(codes):
    return sum(asked(SummaryForm.BRIEF, code) + said(truth(PAPER, code)) for code in codes)


def shared(codes):
    """The English call is paid for whether or not anybody reads English."""
    original = english()
    renderings = (
        asked(SummaryForm.RENDERING, code, original)
        + said(rendering(statements(PAPER.title, original), code))
        for code in codes
        if code != "en"
    )
    return asked(SummaryForm.FACTS) + said(facts(PAPER)) + sum(renderings)


@pytest.mark.parametrize("codes", [["en"], ["en", "ko"], ["ko", "ja", "zh-Hans"], list(WRITTEN.values())])
def test_shared_takes_no_more_than_direct_from_english_and_one_language_or_any_three_on(codes):
    assert shared(codes) <= direct(codes)


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_the_request_for_a_rendering_is_shorter_than_that_for_a_whole_summary(code):
    assert asked(SummaryForm.RENDERING, code, english()) < asked(SummaryForm.BRIEF, code)
