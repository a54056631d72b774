"""Which papers answer, with which words; and the index says what the naive evaluator says."""

import gzip
import itertools
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import QueryError
from newsletter.records import PaperRecord
from newsletter.topics.matching import PaperText, QueryIndex, matches, parse_query
from newsletter.topics.matching import index as index_module
from tests.factories import NOW

PAPER = PaperText(
    title="Few-shot diffusion models for Gödel machines",
    abstract=(
        "Our large-language models with pre-training. On graphs. Neural nets: 扩散模型很好. "
        "Key-value (KV) caches."
    ),
    authors=("Fei-Fei Li", "Geoffrey E. Hinton", "Søren Ångström", "Serena Williams"),
    categories=("cs.CV", "eess.SY", "68T45"),
)


def found(query, paper=PAPER):
    """What both evaluators say, which has to be the same."""
    parsed = parse_query(query)
    naive = matches(parsed, paper)
    hits = list(QueryIndex({"q": parsed}).match({"p": paper}))
    assert hits == ([("q", "p", naive)] if naive else [])
    return naive


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("diffusion", ["diffusion"]),
        ("MODEL", ["models"]),
        ("godel", ["Gödel"]),
        ("fewshot", ["Few-shot"]),
        ("few-shot", ["Few-shot"]),
        ('"few shot"', ["Few-shot"]),
        ('"few-shot diffusion model"', ["Few-shot diffusion models"]),
        ('"fewshot diffusion"', ["Few-shot diffusion"]),
        ("pretraining", ["pre-training"]),
        ('"large language model"', ["large-language models"]),
        ("扩散模型", ["扩散模型"]),
        ("模型", ["模型"]),
        ('"KV cache"', ["KV caches"]),
        ("diffusion models", ["diffusion", "models"]),
        ("diffusion OR robots OR machine", ["diffusion", "machines"]),
        ("(diffusion robots) OR machine", ["machines"]),
        ("diffusion -robots", ["diffusion"]),
        ("abstract:language", ["language"]),
        ("diffusion title:diffusion", ["diffusion"]),
    ],
)
def test_a_match_names_the_words_as_they_stand_in_the_paper(query, words):
    match = found(query)
    assert match is not None
    assert list(match.words) == words


@pytest.mark.parametrize(
    "query",
    [
        "robots",
        "diffusion robots",
        '"models diffusion"',
        '"machines our"',  # title and abstract are two texts
        '"graph neural net"',  # two sentences
        "title:language",
        "abstract:diffusion",
        "NOT diffusion",
        "diffusion -models",
        "散扩",
        "author:diffusion",
        "author:William",
        'author:"Fei-Fei Hinton"',  # words of one name
        "cat:cs.LG",
        "cat:math.*",
        "NOT *",
    ],
)
def test_a_paper_without_them_does_not_match(query):
    assert found(query) is None


@pytest.mark.parametrize(
    ("query", "author"),
    [
        ("author:hinton", "Geoffrey E. Hinton"),
        ('author:"Hinton, Geoffrey"', "Geoffrey E. Hinton"),
        ('author:"G Hinton"', "Geoffrey E. Hinton"),
        ("author:feifei", "Fei-Fei Li"),
        ('author:"Li Fei Fei"', "Fei-Fei Li"),
        ("au:angstrom", "Søren Ångström"),
        ("author:williams", "Serena Williams"),
    ],
)
def test_an_author_is_found_by_the_words_of_one_name_in_any_order(query, author):
    match = found(query)
    assert match is not None
    assert match.authors == (author,)
    assert match.words == ()


@pytest.mark.parametrize(
    ("query", "categories"),
    [
        ("cat:cs.CV", ("cs.CV",)),
        ("cat:cs.SY", ("eess.SY",)),  # two names of one category
        ("cat:cs.*", ("cs.CV", "eess.SY")),
        ("cat:eess.*", ("eess.SY",)),
        ("cat:grp_cs", ("cs.CV", "eess.SY")),
    ],
)
def test_categories_match_under_both_of_their_names(query, categories):
    match = found(query)
    assert match is not None
    assert match.categories == categories


def test_old_papers_with_the_bare_name_of_an_archive_are_in_it():
    paper = PaperText("Quasars", categories=("astro-ph",))
    assert found("cat:astro-ph.*", paper)
    assert found("cat:astro-ph", paper)
    assert found("cat:astro-ph.CO", paper) is None
    assert found("cat:cs.CL", PaperText("Parsing", categories=("cmp-lg",)))


def test_queries_that_only_exclude_or_ask_for_everything_match_without_words():
    for query in ("NOT robots", "*", "-robots -cars", "NOT (robots AND diffusion)"):
        match = found(query)
        assert match is not None
        assert match.words == match.authors == match.categories == ()


def test_a_match_says_whether_the_title_has_it():
    assert found("diffusion").in_title
    assert not found("pretraining").in_title
    assert not found("cat:cs.CV").in_title


def test_a_paper_without_anything_matches_only_what_excludes():
    nothing = PaperText("")
    assert found("robots", nothing) is None
    assert found("title:robots", nothing) is None
    assert found("NOT robots", nothing) is not None


def test_a_record_becomes_a_text():
    record = PaperRecord("2403.03206", 1, "Title", "Abstract", ("A B",), ("cs.CV",), NOW, NOW)
    assert PaperText.of(record) == PaperText("Title", "Abstract", ("A B",), ("cs.CV",))


def test_equal_queries_are_evaluated_once_and_answer_under_every_name():
    index = QueryIndex(
        {1: parse_query("diffusion model"), 2: parse_query("robots"), 3: parse_query("diffusion  model")}
    )
    assert len(index) == 3
    assert sorted(hit.query for hit in index.match({"p": PAPER})) == [1, 3]


def test_queries_that_differ_in_order_only_name_their_words_in_their_own_order():
    index = QueryIndex({1: parse_query("model diffusion"), 2: parse_query("diffusion model")})
    words = {hit.query: hit.match.words for hit in index.match({"p": PAPER})}
    assert words == {1: ("models", "diffusion"), 2: ("diffusion", "models")}


def test_an_empty_index_and_no_papers_give_nothing():
    assert list(QueryIndex({}).match({"p": PAPER})) == []
    assert list(QueryIndex({"q": parse_query("*")}).match({})) == []


def test_papers_come_in_blocks_with_the_same_answers(monkeypatch):
    queries = {text: parse_query(text) for text in ("model", '"a b"', "NOT b", "title:a", "author:x")}
    papers = {
        number: PaperText(f"a {'b' * (number % 2)} model{number}", authors=("X Y",)) for number in range(25)
    }
    whole = {(hit.query, hit.paper): hit.match for hit in QueryIndex(queries).match(papers)}
    monkeypatch.setattr(index_module, "BLOCK", 4)
    assert {(hit.query, hit.paper): hit.match for hit in QueryIndex(queries).match(papers)} == whole
    assert len({paper for _, paper in whole}) == 25


@pytest.mark.parametrize(
    "text", ["\0", "\ud800\udfff", "-" * 5000, "a-" * 6000, "a " * 6000, "<answer>" * 100, "\\H{" * 500]
)
def test_hostile_papers_are_read(text):
    paper = PaperText(text, text, (text,) * 3, (text,))
    for query in ("a", '"a a"', f'"{"a " * 40}b"', '"a-a-a-a"', "author:a", "cat:cs.*", "title:answer"):
        found(query, paper)


def test_words_that_can_be_read_in_many_ways_do_not_multiply():
    text = " ".join(["-".join(["a" * 79] * 3)] * 300)
    query = f'"{" ".join(["a" * 79] * 40)} b"'
    assert found(query, PaperText(text, text)) is None


def words_of(vocabulary):
    separators = st.sampled_from([" ", " ", "-", ". ", ", ", " (", ") "])
    return st.lists(st.tuples(st.sampled_from(vocabulary), separators), max_size=8).map(
        lambda pairs: "".join(itertools.chain.from_iterable(pairs))
    )


VOCABULARY = ["a", "b", "ab", "bs", "abs", "A", "B", "ca", "che", "caches", "模", "型", "é"]
PAPERS = st.builds(
    PaperText,
    words_of(VOCABULARY),
    words_of(VOCABULARY),
    st.lists(words_of(VOCABULARY), max_size=2).map(tuple),
    st.lists(st.sampled_from(["cs.CV", "cs.SY", "eess.SY", "math.MP", "astro-ph"]), max_size=2).map(tuple),
)
ATOMS = st.one_of(
    st.builds(
        "{}{}".format,
        st.sampled_from(["", "", "title:", "abstract:", "author:"]),
        st.sampled_from(VOCABULARY),
    ),
    st.builds('"{}"'.format, words_of(VOCABULARY).map(lambda text: text + "a")),
    st.sampled_from(["cat:cs.*", "cat:eess.SY", "cat:math-ph", "cat:astro-ph.*", "*"]),
)
QUERIES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} OR {})".format, inner, inner),
        st.builds("({} {})".format, inner, inner),
        st.builds("NOT {}".format, inner),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(QUERIES, min_size=1, max_size=6), st.lists(PAPERS, min_size=1, max_size=5))
def test_the_index_agrees_with_the_naive_evaluator_in_answers_and_in_words(texts, papers):
    queries = dict(enumerate(map(parse_query, texts)))
    named = dict(enumerate(papers))
    expected = {
        (query, paper): match
        for query, paper in itertools.product(queries, named)
        if (match := matches(queries[query], named[paper])) is not None
    }
    assert {(hit.query, hit.paper): hit.match for hit in QueryIndex(queries).match(named)} == expected


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
def test_any_query_on_any_paper_is_answered_alike(query, text, name):
    try:
        parse_query(query)
    except QueryError:
        return
    found(query, PaperText(text, text + query, (name,), ("cs.CV",)))


def test_the_index_agrees_on_a_recorded_day(recorded):
    with gzip.open(
        recorded / "arxiv_meta" / "cs_ai_cl_cv_lg_dated.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        rows = [json.loads(line) for line in itertools.islice(lines, 300)]
    papers = {
        row["id"]: PaperText(row["title"], row["abstract"], tuple(row["authors"]), tuple(row["categories"]))
        for row in rows
    }
    chance = random.Random(7)
    words = [word for row in rows for word in row["abstract"].split() if word.isalpha()]
    shapes = ("{} {}", '"{} {}"', "{} -{}", "({} OR title:{}) cat:cs.CV", "NOT {} NOT {}", 'author:"{} {}"')
    queries = {
        number: parse_query(chance.choice(shapes).format(chance.choice(words), chance.choice(words)))
        for number in range(60)
    }
    hits = {(hit.query, hit.paper): hit.match for hit in QueryIndex(queries).match(papers)}
    for (number, query), (name, paper) in itertools.product(queries.items(), papers.items()):
        assert hits.get((number, name)) == matches(query, paper)
    assert len(hits) > 500
