"""Words meet whatever their case, accents, number, hyphens and script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.topics.matching.words import MAX_TEXT, Words, name_of, split_words, term_of, terms_of_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Model", "models"),
        ("study", "studies"),
        ("movie", "movies"),
        ("batch", "batches"),
        ("cache", "caches"),
        ("size", "sizes"),
        ("box", "boxes"),
        ("class", "classes"),
        ("virus", "viruses"),
        ("cause", "causes"),
        ("analysis", "analyses"),
        ("hypothesis", "hypotheses"),
        ("matrix", "matrices"),
        ("vertex", "vertices"),
        ("spectrum", "spectra"),
        ("LLM", "LLMs"),
        ("LM", "LMs"),
        ("Gödel", "godel"),
        ("Go\u0308del", "GODEL"),
        ("Schrödinger", "schrodinger"),
        ("naïve", "naive"),
        ("Łukasiewicz", "Lukasiewicz"),
        ("Straße", "STRASSE"),
        ("ｒｏｂｏｔ", "robot"),
        ("ﬂow", "flow"),
        ("CO₂", "CO2"),
        ("α", "alpha"),
        ("Ω", "omega"),
        ("مُحَمَّد", "محمد"),
    ],
)
def test_two_writings_of_one_word_are_one_term(one, other):
    assert term_of(one) == term_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("news", "new"),
        ("gas", "GA"),
        ("bias", "bia"),
        ("lens", "len"),
        ("class", "clas"),
        ("が", "か"),
        ("이", "아"),
    ],
)
def test_different_words_stay_different(one, other):
    assert term_of(one) != term_of(other)


def test_a_name_keeps_its_final_s():
    assert name_of("Williams") == "williams"
    assert name_of("Williams") != name_of("William")
    assert name_of("Ångström") == "angstrom"


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("Geoffrey E. Hinton", {"geoffrey", "e", "hinton"}),
        ("Fei-Fei Li", {"fei", "feifei", "li"}),
        ("Søren Ångström", {"soren", "angstrom"}),
        ("Shaquille O'Neal", {"shaquille", "o", "neal"}),
        ("Li, Wei (deceased)", {"li", "wei", "deceased"}),
        (":", set()),
    ],
)
def test_a_name_falls_into_its_parts(name, terms):
    assert terms_of_name(name) == terms


def test_a_hyphenated_word_is_there_in_parts_and_joined():
    words = Words("A few-shot, text-to-image model")
    assert words.terms == ["a", "few", "shot", "text", "to", "image", "model"]
    assert words.joined == {"fewshot": {1: 3}, "textto": {3: 5}, "toimage": {4: 6}, "texttoimage": {3: 6}}


@pytest.mark.parametrize("hyphen", ["-", "\u2010", "\u2011", "\u2013", "\u2212"])
def test_every_kind_of_hyphen_joins(hyphen):
    assert "navierstoke" in Words(f"Navier{hyphen}Stokes").joined


def test_scripts_without_blanks_are_taken_letter_by_letter():
    assert Words("GPT模型").terms == ["gpt", "模", "型"]
    assert Words("확산 모델은").terms == ["확", "산", "모", "델", "은"]
    assert Words("拡散モデル").terms == ["拡", "散", "モ", "デ", "ル"]


def test_a_phrase_ends_with_its_sentence_but_not_at_an_abbreviation():
    words = Words("We use graphs. Neural networks (see Fig. 2 of Li et al. We differ) help.")
    assert words.terms.count("") == 1
    assert words.terms[words.terms.index("") - 1] == "graph"


def test_the_words_are_shown_as_they_stand_without_brackets_between():
    words = Words("The Key-Value (KV)\n  cache")
    assert words.surface(1, 5) == "Key-Value KV cache"
    assert words.surface(4, 5) == "cache"


def test_accents_typed_in_tex_are_read():
    assert Words(r"Erd\H{o}s and M\"uller").terms == ["erdo", "and", "muller"]


def test_possessives_and_underscores_divide():
    assert Words("Parkinson's del_maestro").terms == ["parkinson", "del", "maestro"]


@given(st.text(max_size=300))
def test_any_text_is_read_and_its_words_are_where_they_are_said_to_be(text):
    words = Words(text)
    assert len(words.terms) == len(words.starts) == len(words.ends)
    for term, first in words.first.items():
        assert term
        expected = [place for place, other in enumerate(words.terms) if other == term]
        assert list(words.places(term)) == expected
        assert first == expected[0]
        assert list(words.places(term, first + 1)) == expected[1:]
    for place, term in enumerate(words.terms):
        if term:
            assert term_of(words.text[words.starts[place] : words.ends[place]]) == term


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz -'.,", max_size=60))
def test_case_makes_no_difference(text):
    assert [term for term in Words(text.upper()).terms if term] == [
        term for term in Words(text).terms if term
    ]


def test_a_huge_text_is_read_up_to_a_bound():
    words = Words("word " * MAX_TEXT)
    assert len(words.text) <= MAX_TEXT
    assert len(words) == MAX_TEXT // 5
    assert Words("x" * 10_000_000).terms == ["x" * 80]


def test_splitting_gives_offsets_in_order():
    assert split_words("ab 模型c") == [(0, 2), (3, 4), (4, 5), (5, 6)]
