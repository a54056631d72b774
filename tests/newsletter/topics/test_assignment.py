"""Topics held against papers, and the words that say why."""

import pytest

from newsletter.topics.assignment import match_topics, widest
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
