"""Topics held against papers, and the words that say why."""

import pytest

from newsletter.topics import assignment
from newsletter.topics.assignment import match_topics, widest
from newsletter.topics.matching import QueryIndex
from tests.factories import make_paper, make_topic


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (
            ["Reinforcement Learning", "Multi-Agent Reinforcement Learning"],
            ["Multi-Agent Reinforcement Learning"],
        ),
        (["agent", "Multi-Agent"], ["Multi-Agent"]),
        (["RL", "reinforcement learning"], ["RL", "reinforcement learning"]),
        (["art", "smart glasses"], ["art", "smart glasses"]),
        (["robot", "Robot"], ["robot", "Robot"]),
        (["강화 학습", "다중 강화 학습"], ["다중 강화 학습"]),
        ([], []),
    ],
)
def test_a_word_within_a_longer_one_is_not_said_twice(words, shown):
    assert widest(words) == shown


@pytest.mark.django_db
def test_a_topic_names_the_longest_words_of_the_paper_that_matched():
    topic = make_topic(categories=["cs.LG"], query='"policy search" OR "guided policy search"')
    paper = make_paper(title="Guided Policy Search", abstract="We play games.", categories=["cs.LG"])
    found, problems = match_topics([topic], [paper])
    assert problems == []
    assert found[topic.pk][paper.pk] == ["Guided Policy Search"]


@pytest.mark.django_db
def test_a_day_is_weighed_anew_only_when_a_topic_or_a_paper_changed(monkeypatch):
    topic = make_topic(categories=["cs.LG"], query='"policy search"')
    paper = make_paper(title="Policy Search", abstract="We play games.", categories=["cs.LG"])
    built = []

    def build(queries):
        built.append(queries)
        return QueryIndex(queries)

    monkeypatch.setattr(assignment, "QueryIndex", build)
    first, _ = match_topics([topic], [paper])
    assert match_topics([topic], [paper])[0] == first == {topic.pk: {paper.pk: ["Policy Search"]}}
    assert len(built) == 1
    paper.title, paper.abstract = "Games", "Nothing else."
    assert match_topics([topic], [paper])[0] == {topic.pk: {}}
    topic.query = "games"
    assert match_topics([topic], [paper])[0] == {topic.pk: {paper.pk: ["Games"]}}
    assert len(built) == 3
