"""Words that turn round what an abstract says, within English."""

import pytest

from newsletter.grounding import words
from newsletter.grounding.calibration import DEFAULT
from newsletter.grounding.directions import suspect_direction
from newsletter.grounding.polarity import axes_of
from newsletter.grounding.word_places import places_of

ABSTRACT = """
Long-context language models are slow. We introduce a cache that keeps useful tokens without retraining, for
a better understanding of long texts. Experiments show that it outperforms strong baselines, reduces memory
consumption and reaches high accuracy on five tasks, with no loss of throughput. It does not need any costly
manual annotation, on which earlier methods, error-prone as they are, rely.
"""


def doubt_of(text, source=ABSTRACT):
    found = suspect_direction(words.normalise(text), words.normalise(source), habits=DEFAULT.habits)
    return max((each.score for each in found), default=0.0)


@pytest.mark.parametrize(
    ("true", "turned"),
    [
        ("It keeps useful tokens without retraining.", "It keeps useful tokens with retraining."),
        ("It keeps useful tokens without retraining.", "It keeps useful tokens only after retraining."),
        ("It learns without manual annotation.", "It learns with manual annotation."),
        ("The cache outperforms strong baselines.", "The cache underperforms strong baselines."),
        ("The cache outperforms strong baselines.", "The cache falls short of strong baselines."),
        ("It reduces memory consumption.", "It inflates memory consumption."),
        ("It reaches high accuracy on five tasks.", "It reaches low accuracy on five tasks."),
        ("It reaches high accuracy.", "It leads to reduced accuracy."),
        ("It reduces memory and improves accuracy.", "It reduces memory and degrades accuracy."),
        ("It is more reliable than earlier methods.", "It is error-prone beside earlier methods."),
    ],
)
def test_a_turned_word_is_doubted_more_than_the_true_one(true, turned):
    assert doubt_of(turned) > doubt_of(true)


@pytest.mark.parametrize(
    "text",
    [
        "The cache underperforms strong baselines.",
        "It degrades accuracy on five tasks.",
        "It reaches accuracy with a retrained cache that hurts throughput.",
    ],
)
def test_a_plain_reversal_is_refused(text):
    assert doubt_of(text) >= DEFAULT.direction


@pytest.mark.parametrize(
    "text",
    [
        "It keeps useful tokens without hurting accuracy.",
        "Effective and ineffective caches are compared.",
        "Earlier methods are error-prone.",
        "It breaks down long texts into useful tokens.",
        "It outperforms strong baselines with minimal retraining.",
    ],
)
def test_what_turns_nothing_round_is_let_pass(text):
    assert doubt_of(text) < DEFAULT.direction


def test_what_is_said_of_others_is_doubted_less_than_of_the_work_itself():
    of_others = doubt_of("Current models show poor performance in planning.")
    assert of_others < doubt_of("CacheX shows poor performance in planning.")


def test_a_word_without_a_list_is_doubted_where_the_source_has_its_contrary_by_form():
    source = "The head is calibrated on held-out data and its calibrated scores rank the answers."
    assert doubt_of("Its uncalibrated scores rank the answers.", source) > doubt_of(
        "Its calibrated scores rank the answers.", source
    )


@pytest.mark.parametrize(
    "noun", ["blocks", "point", "cloud", "flops", "reliance", "complementing", "synthetic"]
)
def test_nouns_and_chance_relatives_are_not_taken_for_praise_or_blame(noun):
    assert not {axis for axis, sign in axes_of(noun) if axis == 1}


@pytest.mark.parametrize(
    ("text", "relieved"),
    [("reduces errors and degrades accuracy", False), ("reduces unstable outputs", True)],
)
def test_a_fault_after_a_cure_is_no_claim_but_a_second_verb_is(text, relieved):
    assert places_of(text)[-2].relieved is relieved


@pytest.mark.parametrize(
    ("text", "spared"),
    [
        ("it does not require any costly manual annotation", True),
        ("it is annotation-free", True),
        ("it works without losing annotation", False),
        ("it needs annotation", False),
    ],
)
def test_what_a_source_says_is_not_needed(text, spared):
    assert next(place for place in places_of(text) if place.word == "annotation").spared is spared


def test_not_only_denies_nothing():
    assert not next(
        place for place in places_of("it not only improves speed") if place.word == "improves"
    ).denied
