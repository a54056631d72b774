import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.search.documents import category_token
from newsletter.search.expressions import as_fts5, as_tsquery, either, every, of_kind
from newsletter.search.queries import read_query
from newsletter.search.stems import stem_of
from newsletter.search.tokens import LONGEST_TOKEN, tokens_in_turn, tokens_of, words_of
from newsletter.topics.matching.words import clean


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Few-shot GPT-4 at 3.5x", ["few", "shot", "fewshot", "gpt", "4", "gpt4", "3.5x"]),
        ("扩散模型", ["扩散", "散模", "模型", "扩", "散", "模", "型"]),
        ("모델은", ["모델", "델은", "모", "델", "은"]),
        ("图", ["图"]),
        ("ﾃﾞｰﾀ", ["デー", "ータ", "デ", "ー", "タ"]),
        ("Café naïve Müller Straße", ["cafe", "naive", "muller", "strasse"]),
        ("α-DPO of the x² Fisher's", ["alpha", "dpo", "alphadpo", "x2", "fisher"]),
        ("أنظمة الذكاء", ["انظمه", "الذكاء"]),
        ("मॉडल", ["मॉडल"]),
        ("ก็ดี", ["ก็ดี", "ก็", "ดี"]),
        ("2403.03163", ["2403.03163"]),
    ],
)
def test_texts_are_taken_apart_alike_in_every_script(text, tokens):
    assert tokens_of(text) == tokens


@given(st.text(max_size=60))
def test_no_token_holds_what_a_database_would_read_as_an_operator(text):
    for token in (*tokens_of(text), *(token for word in read_query(text) for token in word.all_tokens)):
        assert token
        assert len(token) <= 2 * LONGEST_TOKEN
        assert not re.search(r"[\s'\"\\():&|!<>*\x00]", token), token
    for word in words_of(text):
        assert 0 <= word.start < word.end <= len(text)


def test_forms_of_a_word_share_a_stem():
    for forms in (
        ("segmentation", "segmenting", "segments", "segmented"),
        ("plan", "planning", "planned"),
        ("batch", "batches"),
        ("модель", "моделей", "модели"),
        ("النماذج", "نماذج"),
    ):
        assert len({stem_of(form) for form in forms}) == 1, forms
    assert stem_of("扩散") == stem_of("gpt4") == ""


def test_expressions_are_written_for_both_databases():
    expression = every(["a", either(["b", every(["c", "d"])])])
    assert as_fts5(expression) == '("a" AND ("b" OR ("c" AND "d")))'
    assert as_tsquery(of_kind(expression, "title")) == "('title:a' & ('title:b' | ('title:c' & 'title:d')))"
    assert every(["a", "a"]) == "a"
    assert category_token("cs.CV' | \"x") == "category:cs.cvx"


def test_a_query_is_bounded_and_without_dull_words():
    assert [word.shown for word in read_query("the state of the art in few-shot 扩散模型")] == [
        *("state", "art", "few-shot", "扩散模型"),
    ]
    assert [word.shown for word in read_query("the")] == ["the"]
    assert len(read_query(" ".join(f"word{number}" for number in range(500)))) <= 12


@given(st.text(st.sampled_from("abZ03.-_ /,'é扩"), max_size=40))
def test_a_text_at_once_gives_what_its_pieces_give(text):
    pieces = [token for piece in clean(text).split() for token in tokens_in_turn(piece.strip(".,'/"))]
    assert sorted(tokens_of(text)) == sorted(pieces)
