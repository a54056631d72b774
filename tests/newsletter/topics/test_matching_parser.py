"""The query language: what is understood, how it is written back, and how an error is pointed at."""

import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.errors import QueryError
from newsletter.topics.matching import Query, parse_query, topic_query
from newsletter.topics.matching.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from newsletter.topics.matching.query import And, Category, Everything, Field, Not, Or, Term


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("diffusion", Term("diffusion")),
        ("diffusion models", And((Term("diffusion"), Term("models")))),
        ("diffusion AND models", And((Term("diffusion"), Term("models")))),
        ('"diffusion model"', Term("diffusion model")),
        ("a OR b c", Or((Term("a"), And((Term("b"), Term("c")))))),
        ("(a OR b) c", And((Or((Term("a"), Term("b"))), Term("c")))),
        ("NOT a b", And((Not(Term("a")), Term("b")))),
        ("a -b", And((Term("a"), Not(Term("b"))))),
        ("a-b", Term("a-b")),
        ("NOT NOT a", Term("a")),
        ("title:robot", Term("robot", Field.TITLE)),
        ("ti: robot", Term("robot", Field.TITLE)),
        ("ABSTRACT:mice", Term("mice", Field.ABSTRACT)),
        ('author:"Fei-Fei Li"', Term("Fei-Fei Li", Field.AUTHOR)),
        ("title:(a OR b)", Or((Term("a", Field.TITLE), Term("b", Field.TITLE)))),
        ("cat:cs.cv", Category("cs.CV")),
        ("cat:CS.*", Category("cs.*")),
        ("cat:cs", Category("cs.*")),
        ("cat:hep-th.*", Category("hep-th")),
        ("cat:cmp-lg", Category("cs.CL")),
        ("cat:grp_physics", Category("grp_physics")),
        ("cat:(cs.CV OR cs.SY)", Or((Category("cs.CV"), Category("cs.SY")))),
        ("*", Everything()),
        ("a AND (b AND (c AND d))", And((Term("a"), Term("b"), Term("c"), Term("d")))),
        ("and or not", And((Term("and"), Term("or"), Term("not")))),
        ('"AND"', Term("AND")),
        ("“diffusion　model”", Term("diffusion model")),
        ("「拡散モデル」 OR 扩散模型", Or((Term("拡散モデル"), Term("扩散模型")))),
        ("（a OR b） title：c", And((Or((Term("a"), Term("b"))), Term("c", Field.TITLE)))),
        ("C++", Term("C++")),
        ('"A* search"', Term("A* search")),
    ],
)
def test_it_understands(text, root):
    assert parse_query(text) == Query(root)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("diffusion  models", "diffusion AND models"),
        ("a OR (b AND c) OR (d OR e)", "a OR b AND c OR d OR e"),
        ("title:(a b)", "title:a AND title:b"),
        ("-(a OR b)", "NOT (a OR b)"),
        ("(NOT a)", "NOT a"),
        ('"single"', "single"),
        ('"two words"', '"two words"'),
        ('"NOT"', '"NOT"'),
        ('"-x"', '"-x"'),
        ("“quoted «twice»”", '"quoted twice"'),
        ("all:x", "x"),
        ("CAT:MATH.*", "cat:math.*"),
    ],
)
def test_it_is_written_back_in_one_canonical_form(text, canonical):
    assert str(parse_query(text)) == canonical


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("", 0, "empty"),
        ("   ", 0, "empty"),
        ("a AND", 2, "AND needs something after it"),
        ("a OR OR b", 5, "nothing before it"),
        ("OR a", 0, "nothing before it"),
        ("a NOT", 2, "NOT needs"),
        ("(a OR b", 0, "never closed"),
        ("x (a (b) c", 2, "never closed"),
        ("a)", 1, "no opening bracket"),
        ("a ()", 3, "nothing between"),
        ("a (b OR ) c", 5, "OR needs"),
        ('robots "world model', 7, "quotation mark is never closed"),
        ("a colour:red", 2, "no field “colour”"),
        ("https://arxiv.org", 0, "no field “https”"),
        (":a", 0, "colon"),
        ("robots title:", 7, "title:robot"),
        ("author: OR b", 0, "Fei-Fei Li"),
        ("title:(author:x)", 7, "cannot be used inside title:"),
        ("cat:68T45", 4, "not one of arXiv’s categories"),
        ("robots cat:cs.CVV", 11, "did you mean “cs.CV”"),
        ("diffus*", 6, "star"),
        ("title:*", 0, "title:robot"),
        ("a !!! b", 2, "no letter or digit"),
        ('""', 0, "no letter or digit"),
        ("a - b", 2, "no letter or digit"),
        ("ab\0c", 2, "U+0000"),
        ("a \ud800", 2, "U+D800"),
        ("（a", 0, "never closed"),
    ],
)
def test_an_error_points_at_the_character_and_says_what_is_wrong(text, position, part):
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert caught.value.position == position
    assert part in str(caught.value)
    assert caught.value.message.endswith((".", "?"))


def test_an_error_survives_the_way_between_processes():
    with pytest.raises(QueryError) as caught:
        parse_query("a (b")
    assert pickle.loads(pickle.dumps(caught.value)).position == 2


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH),
        ("x " * (MAX_TERMS + 1), MAX_TERMS * 2),
        ("(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1), MAX_DEPTH),
        ("title:(" + "x " * 390 + ")" + "y" * 2000, 2787),  # written out, each x has its title:
        ("(" * 1_000_000, MAX_LENGTH),
        ('"' * 3_999, 3_998),
        ('x "' + "y " * 51 + '"', 2),
        ("模" * 51, 0),
    ],
)
def test_huge_and_deep_queries_are_refused(text, position):
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert caught.value.position == position


def test_queries_at_the_bounds_are_taken():
    assert parse_query("x" * MAX_LENGTH)
    assert parse_query(" ".join("x" * MAX_TERMS))
    assert parse_query("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH) == parse_query("x")
    assert parse_query("NOT " * 900 + "x") == parse_query("x")


def test_a_topic_asks_for_one_of_its_categories_and_its_words():
    query = topic_query(["cs.CV", "eess.*"], "diffusion OR flow")
    assert str(query) == "(cat:cs.CV OR cat:eess.*) AND (diffusion OR flow)"
    assert topic_query([], "diffusion") == parse_query("diffusion")
    assert topic_query(["cs.CV"], "  ") == parse_query("cat:cs.CV")
    assert topic_query([], "") == parse_query("*")


def test_a_topic_with_a_category_that_arxiv_does_not_have_is_refused():
    with pytest.raises(QueryError, match=r"cs\.XY"):
        topic_query(["cs.XY"], "")


WORDS = st.sampled_from(
    ["robot", "AND", "few-shot", "模型", "C++", "-x", "x*", "a b", "naïve", "title", "1.5"]
)
TERMS = st.builds(Term, WORDS, st.sampled_from(Field))
LEAVES = st.one_of(TERMS, st.sampled_from([Category("cs.CV"), Category("math.*"), Everything()]))
SIGNS = [
    '"',
    "“",
    "”",
    "「",
    "（",
    "(",
    ")",
    " ",
    "-",
    "*",
    ":",
    "\u3000",
    "'",
    "\\",
    "\0",
    "\ud800",
    "\u200b",
]
WHOLE = [
    "a",
    "1",
    "few-shot",
    "模",
    "é",
    "e\u0301",
    "AND",
    "OR",
    "NOT",
    "title:",
    "author:",
    "cat:",
    "cs.*",
    "cs.CV",
]
PIECES = st.sampled_from([*SIGNS, *WHOLE])


def assert_it_comes_back(text):
    query, error = None, None
    try:
        query = parse_query(text)
    except QueryError as refused:
        error = refused
    if error is not None:
        assert 0 <= error.position <= len(text)
        assert error.message.endswith(".")
        return
    assert parse_query(str(query)) == query
    assert str(parse_query(str(query))) == str(query)


@given(st.text(max_size=200))
@example("a" + "\u0085" + "b")
@example('"\x1c"')
def test_any_text_is_a_query_that_comes_back_or_a_query_error(text):
    assert_it_comes_back(text)


@given(st.lists(PIECES, max_size=30))
def test_any_mixture_of_signs_is_a_query_that_comes_back_or_a_query_error(pieces):
    assert_it_comes_back("".join(pieces))


@given(st.lists(PIECES, max_size=20))
def test_blanks_between_the_signs_change_nothing_about_that(pieces):
    assert_it_comes_back(" ".join(pieces))


def nodes(children):
    some = st.lists(children, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        children.filter(lambda node: not isinstance(node, Not)).map(Not),
        some.map(lambda parts: And(tuple(part for part in parts if not isinstance(part, And)))),
        some.map(lambda parts: Or(tuple(part for part in parts if not isinstance(part, Or)))),
    ).filter(lambda node: isinstance(node, Not) or len(node.parts) > 1)


@settings(deadline=None, max_examples=60)
@given(st.recursive(LEAVES, nodes, max_leaves=12))
def test_any_query_in_canonical_form_is_read_back_from_what_it_prints(root):
    assert parse_query(str(Query(root))) == Query(root)
