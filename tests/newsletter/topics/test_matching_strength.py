"""How much a paper is about what a query asks for: places, repeats, rarity, support, categories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.topics.matching import Evidence, Measure, PaperText, Rarity, matches, parse_query, topic_query
from newsletter.topics.matching.query import Term

ABSTRACT = "Many fields need care. {claim} It runs on two machines. {rest} The results are good."
PASSING = "Unlike pathology, it is cheap."


def paper(title="A study of things", claim="We propose a method.", rest="It is fast.", **fields):
    return PaperText(title, ABSTRACT.format(claim=claim, rest=rest), **fields)


def strength(query, text, *, supporting="", rarity=None, keywords=()):
    support = parse_query(supporting) if supporting else None
    measure = Measure(parse_query(query), support, rarity=rarity or Rarity())
    return measure.strength(Evidence(text, keywords=keywords))


def test_a_mention_counts_by_its_place():
    places = [
        paper(title="Robots at work"),
        paper(claim="We propose robots."),
        paper(claim="Robots."),
    ]
    found = [strength("robot", text) for text in places]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 3


def test_the_first_and_the_last_sentence_count_more_than_those_between():
    between = PaperText("A title", "All is well. A robot runs. All ends well.")
    first = PaperText("A title", "A robot runs. All is well. All ends well.")
    last = PaperText("A title", "All is well. All goes on. A robot runs.")
    assert strength("robot", first) > strength("robot", last) > strength("robot", between)


def test_a_word_in_passing_says_less_than_half_and_a_title_says_more():
    assert strength("pathology", paper(rest=PASSING)) < 0.5 < strength("pathology", paper(title="Pathology"))


def test_more_mentions_and_more_different_words_say_more():
    once, twice = paper(rest="A robot."), paper(rest="A robot and a robot.")
    different = paper(rest="A robot and a gripper.")
    query = "robot OR gripper"
    assert strength(query, once) < strength(query, twice) < strength(query, different)


def test_mentions_without_end_say_no_more_than_some():
    many, more = paper(rest="robot " * 10 + "."), paper(rest="robot " * 100 + ".")
    assert strength("robot", many) == strength("robot", more) < 0.7


def test_words_within_longer_words_are_counted_once():
    text = paper(title="Deep reinforcement learning for all")
    assert strength('"reinforcement learning"', text) == strength(
        '"reinforcement learning" OR "deep reinforcement learning" OR "deep reinforcement"', text
    )


def test_two_spellings_of_the_same_words_are_one_mention():
    text = paper(title="A few-shot learner")
    assert strength('"few-shot" OR fewshot OR "few shot"', text) == strength('"few-shot"', text)


def test_a_name_and_its_acronym_in_brackets_are_one_mention():
    query = '"reinforcement learning" OR RL'
    spelled = paper(rest="It uses reinforcement learning (RL) once.")
    assert strength(query, spelled) == strength('"reinforcement learning"', spelled)
    used = paper(rest="It uses reinforcement learning (RL) and RL again.")
    assert strength(query, used) > strength(query, spelled)


def test_rare_words_of_the_day_weigh_more():
    text = paper(title="Robots and models")
    day = {number: paper(title="A model" if number else "A robot") for number in range(100)}
    rarity = Rarity.among(day, [parse_query("robot OR model")])
    assert strength("robot", text, rarity=rarity) > strength("model", text, rarity=rarity)
    assert rarity.weight(Term("robot")) > rarity.weight(Term("model"))


def test_usual_words_in_a_title_are_not_said_in_passing():
    day = {number: paper(title="Reinforcement learning", rest="RL.") for number in range(50)}
    rarity = Rarity.among(day, [parse_query('"reinforcement learning"')])
    title = paper(title="Search by reinforcement learning")
    assert strength('"reinforcement learning"', title, rarity=rarity) > 0.56
    assert strength('"reinforcement learning"', paper(rest="Reinforcement learning."), rarity=rarity) < 0.4


@pytest.mark.parametrize("means", ["via", "with", "With"])
def test_the_means_in_a_title_count_less_than_its_matter(means):
    matter = strength("robot", paper(title=f"Teaching a robot {means} pictures"))
    tool = strength("robot", paper(title=f"Taking pictures {means} a robot"))
    assert strength("robot", paper(rest="A robot takes pictures.")) < tool < matter
    assert strength("robot", paper(title=f"Pictures {means} wheels: a robot")) == matter


def test_supporting_words_strengthen_but_only_up_to_a_share():
    text = paper(rest="An MRI of the lesion of a patient.")
    alone = strength("MRI", text)
    assert (
        alone
        < strength("MRI", text, supporting="lesion")
        <= strength("MRI", text, supporting="lesion OR patient")
    )
    crowded = paper(title="Lesions", rest="An MRI. " + "A lesion of a patient with a tumor. " * 5)
    assert strength("MRI", crowded, supporting="lesion OR patient OR tumor") < 0.5


def test_one_strong_part_does_not_stand_for_a_weak_one():
    text = paper(title="Language models for law", rest="An agent signs.")
    assert strength('"language model"', text) > strength('agent AND "language model"', text)


def test_the_primary_category_says_much_and_a_cross_list_little():
    own = paper(categories=("cs.RO", "cs.AI"))
    listed = paper(categories=("cs.AI", "cs.RO"))
    assert strength("cat:cs.RO", own) > 0.7
    assert strength("cat:cs.RO OR gripper", listed) < 0.5


def test_a_topics_categories_beside_words_only_say_where_to_look():
    text = paper(title="A robot", categories=("cs.CV",))
    whole = Measure(topic_query(["cs.*"], "robot"), rarity=Rarity()).strength(Evidence(text))
    assert whole == strength("robot", text)


def test_a_query_that_asks_for_nothing_finds_everything_wholly():
    assert strength("*", paper()) == strength("NOT robot", paper()) == 1.0


def test_what_readers_call_it_counts():
    text = paper(rest="A robot.")
    assert strength("robot", text, keywords=["Robot learning"]) > strength("robot", text, keywords=["fish"])


def test_what_is_excluded_and_who_wrote_it_add_nothing():
    text = paper(title="A robot", authors=("Ada Lovelace",))
    assert strength("robot AND NOT fish", text) == strength("robot", text)
    assert strength('robot OR author:"Ada Lovelace"', text) == strength("robot", text)


WORDS = st.sampled_from(
    ["robot", "few-shot", "MRI", "we propose", "a.", "", "Über", "学习", "cat:cs.CV", "…"]
)


@given(
    title=st.lists(WORDS, max_size=5).map(" ".join),
    abstract=st.lists(WORDS, max_size=30).map(" ".join),
    query=st.sampled_from(
        [
            "robot",
            "MRI OR robot",
            '"few-shot" AND robot',
            "(robot OR MRI) AND NOT 学习",
            "title:MRI OR cat:cs.CV",
            "学习",
        ]
    ),
)
def test_any_paper_that_answers_has_a_strength_between_nothing_and_all(title, abstract, query):
    text, parsed = PaperText(title, abstract, (), ("cs.CV",)), parse_query(query)
    found = Measure(parsed, rarity=Rarity()).strength(Evidence(text))
    assert 0 <= found <= 1
    if matches(parsed, text):
        assert found > 0


@pytest.mark.parametrize("abstract", ["", "One sentence without an end", "一句话。第二句话。", "\n\n"])
def test_short_and_odd_abstracts_are_read(abstract):
    assert strength("robot", PaperText("A robot", abstract)) > 0.5
