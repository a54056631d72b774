"""Which point says why a paper matters: by the source's sentence, of each kind that there is."""

import pytest

from newsletter.records import Takeaway
from newsletter.summaries.consequences import consequence_strength, with_consequence

CONSEQUENCES = [
    # What becomes possible.
    "This work makes it possible to fold laundry with a robot that costs less than a washing machine.",
    "Experiments show that FoldNet runs in 4 ms, enabling real-time folding on household robots.",
    "Our approach halves the memory, which makes training on a single graphics card possible for small labs.",
    "FoldNet reaches 91.5% at a third of the size, making it suitable for battery-powered kitchen robots.",
    "Our findings pave the way for machines that tidy whole rooms without supervision.",
    "Our results open new directions for the study of cloth in cluttered homes.",
    "The new gripper outperforms all others by 9% and lays the groundwork for robots that care for people.",
    "Together, these contributions enable reliable folding in homes where no camera was calibrated.",
    "This allows nurses and teachers to train a folding robot by showing it twice.",
    "This makes it possible to deploy the model on a phone.",
    "The method halves memory use, enabling training on a single card.",
    "We present FoldNet, which needs no camera, making it possible to fold in the dark.",
    # What becomes needless or cheaper.
    "Our method eliminates the need for hand-labelled pictures of towels.",
    "We learn the grasp from video alone, removing the need for costly demonstrations by people.",
    "Results show that FoldNet matches experts, thereby reducing the cost of annotation in small labs.",
    "The results show equal accuracy, which lowers the barrier for hospitals without engineers.",
    # What must be concluded.
    "These results suggest that today's grippers fail because of their fingers and not of their eyes.",
    "We show that accuracy falls by half on wet cloth, implying that present benchmarks flatter robots.",
    "These findings underscore the need for tests on wet and dirty laundry.",
    "Our findings have practical implications for everyone who trains robots at home.",
]

NONE = [
    # Plain results.
    "FoldNet improves accuracy by 3 points on ClothBench.",
    "Our method reduces the cost of training by 40% compared with the best baseline.",
    "Experiments show that it outperforms all baselines, reducing the cost per towel to 3 cents.",
    "Our results suggest that the proposed method outperforms earlier ones on every data set.",
    "These results indicate that our approach is effective.",
    # What others do, and what makes the problem hard.
    "Recent studies suggest that robots often learn to fold from video rather than from touch.",
    "Existing methods need calibrated cameras, making it suitable only for laboratories with engineers.",
    "However, this eliminates the need for cameras only in rooms without any windows.",
    "Large models have become common in robotics, enabling robots to follow spoken commands at home.",
    "Vision-language models align pictures with words, enabling search in large collections of photographs.",
    # What a part of a method is for.
    "We propose a fold-aware attention layer, enabling the model to attend to the seams of a towel.",
    "This design enables the critic to learn a more accurate value function for wet cloth.",
    "A memory of earlier folds is kept, allowing FoldNet to recover from mistakes without a restart.",
    "This allows us to write the loss as a sum over the corners of the towel.",
    "To enable quick adaptation, the necessary training must be cheap for everyone involved in it.",
    "This enables compact representations of creases and seams.",
    # Why the work was begun.
    "This gap highlights the need for a benchmark of wet laundry.",
    "Robots cost a fortune, and this underscores the need for cheap ones.",
    # Aims, questions, hopes without a claim.
    "We aim to enable robots that fold laundry in every home without any supervision.",
    "FoldNet is designed to help carers, removing the need for a second person in the room.",
    "Does a larger model eliminate the need for demonstrations by people who fold well?",
    "Our method eliminates the need.",
    "",
]


@pytest.mark.parametrize("sentence", CONSEQUENCES)
def test_what_follows_is_known(sentence):
    assert consequence_strength(sentence) > 0


@pytest.mark.parametrize("sentence", NONE)
def test_everything_else_is_none(sentence):
    assert consequence_strength(sentence) == 0


def test_of_two_sentences_each_must_say_what_follows():
    plain, follows = NONE[0], CONSEQUENCES[0]
    assert consequence_strength(f"{plain} {follows}") == 0
    assert consequence_strength(f"{follows} … {plain}") == 0
    assert consequence_strength(f"{follows} … {CONSEQUENCES[8]}") > 0


def test_the_point_that_says_it_most_plainly_is_taken_out_of_the_others():
    points = [
        Takeaway("결과", "FoldNet improves accuracy by 3 points on ClothBench."),
        Takeaway("끝", CONSEQUENCES[1]),
        Takeaway("의의", CONSEQUENCES[0]),
        Takeaway("더", ""),
    ]
    rest, consequence = with_consequence(points)
    assert consequence == points[2]
    assert rest == (points[0], points[1], points[3])


def test_of_equals_the_last_and_of_none_none():
    points = [Takeaway("one", CONSEQUENCES[8]), Takeaway("two", CONSEQUENCES[4])]
    assert with_consequence(points) == ((points[0],), points[1])
    assert with_consequence(points[:0]) == ((), None)
    assert with_consequence([Takeaway("one", NONE[0])]) == ((Takeaway("one", NONE[0]),), None)


def test_a_long_passage_is_read_in_no_time():
    assert consequence_strength(("Our method, " + "which also thus " * 400 + "enables. ") * 8) == 0
