"""Who does what to what, in English: doers, claims that are none, strange words, names in another's place."""

import gzip
import json
from pathlib import Path

import pytest

from newsletter.grounding import DEFAULT, Source, check_text, failed, words
from newsletter.grounding.clauses import Agent, doers_of
from newsletter.grounding.names import names, suspect_names
from newsletter.grounding.overlap import suspect_overlap
from newsletter.grounding.roles import suspect_roles
from newsletter.grounding.strangers import strange_words

DAILY = Path(__file__).parents[4] / "shared/data/hf_daily/raw_gz"
SOURCE = Source(
    "TideNet: Forecasting Floods from Sparse Gauges",
    "Current forecasting models need dense gauges and struggle in small rivers, where training on noisy "
    "labels is unstable. We introduce TideNet, a graph network that propagates water levels between gauges "
    "with low memory use and narrows the gap between rivers. We train it with Adaptive Level Matching (ALM), "
    "which penalises overconfident forecasts. On FloodBench TideNet outperforms GraphCast and LSTMs by 12% "
    "and cuts computation by half; GPT-4o reaches 45% of its score.",
)


def refused(text, source=SOURCE):
    return {each.check for each in failed(check_text(text, source))}


def agent(text, word):
    tokens = text.replace(",", " ,").replace(".", " .").split()
    return doers_of(tokens)[tokens.index(word)].agent


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("TideNet improves accuracy , reducing cost.", "reducing", Agent.OWN),
        ("Large language models exhibit biases.", "exhibit", Agent.OTHERS),
        ("Existing methods fail on rivers , but a new network succeeds.", "fail", Agent.OTHERS),
        ("Existing methods fail on rivers , but a new network succeeds.", "succeeds", Agent.OWN),
        ("Results show that LLMs degrade.", "degrade", Agent.OTHERS),
        ("A framework that degrades nothing.", "degrades", Agent.OWN),
        ("LLM-based agents perform poorly.", "poorly", Agent.OTHERS),
        ("FloodBench is a benchmark of rivers , showing poor forecasts.", "poor", Agent.GAUGE),
        ("Mixed Level Policy Optimization drops levels.", "drops", Agent.OWN),
    ],
)
def test_each_clause_has_its_doer(text, word, expected):
    assert agent(text, word) is expected


@pytest.mark.parametrize(
    "text",
    [
        "TideNet forecasts floods from sparse gauges with reduced overhead.",
        "TideNet is a tool-rich, feedback-constrained graph network for sparse gauges.",
        "TideNet reaches state-of-the-art forecasts of floods from sparse gauges.",
        "Current forecasting models fail in small rivers with sparse gauges.",
        "The growing number of gauges makes TideNet useful for small rivers.",
        "TideNet propagates water levels between gauges to prevent overconfident forecasts.",
        "TideNet addresses unstable training on noisy labels in small rivers.",
        "Forecasting models suffer from sparse gauges in small rivers.",
        "TideNet propagates water levels for error correction between gauges.",
    ],
)
def test_what_is_no_claim_of_a_change_is_let_pass(text):
    assert refused(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "TideNet trails GraphCast and LSTMs by 12% on FloodBench.",
        "TideNet propagates water levels between gauges with excessive memory use.",
        "TideNet falls short of GraphCast and LSTMs on FloodBench.",
        "TideNet inflates computation between gauges and rivers.",
    ],
)
def test_a_defeat_laid_to_the_work_itself_is_refused(text):
    assert "direction" in refused(text)


@pytest.mark.parametrize("word", ["vandalises", "torpedoes", "splinters", "scuppers", "befouls"])
def test_a_word_that_neither_source_nor_research_has_is_refused(word):
    text = f"TideNet {word} the gap between rivers and gauges."
    assert "direction" in refused(text)
    assert "direction" not in refused(text.replace(word, "narrows"))


def test_a_strange_word_that_the_source_has_or_the_model_is_known_for_is_let_pass():
    assert not list(strange_words("it torpedoes gauges", "this torpedoes gauges", habits={}))
    assert not list(strange_words("it torpedoes gauges", "gauges", habits={words.stem("torpedoes"): 0.01}))


@pytest.mark.parametrize(
    ("true", "exchanged"),
    [
        ("TideNet introduces a graph network.", "GraphCast introduces a graph network."),
        ("TideNet is a graph network of gauges.", "FloodBench is a graph network of gauges."),
        (
            "TideNet, a graph network, needs sparse gauges.",
            "GraphCast, a graph network, needs sparse gauges.",
        ),
        ("A graph network called TideNet is trained.", "A graph network called GraphCast is trained."),
        ("It uses Adaptive Level Matching (ALM).", "It uses Adaptive Level Matching (FloodBench)."),
        ("TideNet outperforms GraphCast.", "GraphCast outperforms GraphCast."),
        ("TideNet improves forecasts.", "LSTMs improves forecasts."),
    ],
)
def test_a_name_in_another_names_place_is_found(true, exchanged):
    known = words.normalise(SOURCE.whole)
    assert not list(suspect_roles(words.normalise(true), known))
    assert [each.check for each in suspect_roles(words.normalise(exchanged), known)] == ["name"]


@pytest.mark.parametrize(
    "text",
    [
        "GPT-4o reaches 45% of the score of the graph network.",
        "LSTMs are outperformed on FloodBench.",
        "On FloodBench, GraphCast and LSTMs are behind.",
        "Current models need dense gauges.",
    ],
)
def test_what_others_do_is_no_exchange(text):
    assert not list(suspect_roles(words.normalise(text), words.normalise(SOURCE.whole)))


@pytest.mark.parametrize(
    "text",
    [
        "This paper analyses a problem and proposes a new solution.",
        "Extensive experiments demonstrate the effectiveness of the proposed approach.",
        "The approach achieves state-of-the-art performance on multiple tasks.",
    ],
)
def test_a_sentence_that_fits_any_paper_is_about_none(text):
    found = suspect_overlap(words.normalise(text), words.normalise(SOURCE.whole), habits=DEFAULT.habits)
    assert [each.score >= DEFAULT.overlap for each in found] == [True]


def test_words_of_the_trade_that_a_source_lacks_do_not_make_a_sentence_foreign():
    text = "Research investigates how TideNet propagates levels, demonstrating improved forecasts of floods."
    found = suspect_overlap(words.normalise(text), words.normalise(SOURCE.whole), habits={})
    assert all(each.score < DEFAULT.overlap for each in found)


def _recorded():
    if not DAILY.is_dir():
        pytest.skip(f"The recorded daily papers are not there ({DAILY}).")
    for path in sorted(DAILY.glob("*.json.gz"))[::7]:
        rows = json.loads(gzip.decompress(path.read_bytes()))
        for row in rows if isinstance(rows, list) else ():
            paper = row.get("paper") or {}
            if paper.get("title") and paper.get("summary"):
                yield Source(paper["title"], paper["summary"], paper["id"])


@pytest.mark.slow
def test_a_name_that_stands_verbatim_in_the_source_is_never_refused():
    """Every name of every recorded title and abstract, alone and in a sentence of its own."""
    seen = 0
    for source in _recorded():
        whole = words.normalise(source.whole)
        for name in dict.fromkeys(name for name, _ in names(whole)):
            for text in (name, f"It is compared with {name}."):
                assert not [each for each in suspect_names(text, whole) if each.score >= 1], (source, name)
            seen += 1
    assert seen > 5000


@pytest.mark.parametrize(
    "name", ["Keye-VL-2.0-30B-A3B", "GPT-4.1-mini", "Qwen3.5-122B", "π0.5", "C++", "B³D-RWKV"]
)
def test_a_name_of_the_title_is_the_sources_whatever_it_is_made_of(name):
    source = Source(f"{name} Technical Report", f"We present {name}, a model for long videos.")
    assert refused(f"{name} is a model for long videos.", source) == set()
