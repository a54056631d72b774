import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import extracts as benchmark
from newsletter.summaries.extracts import extract
from newsletter.summaries.self_contained import self_contained
from newsletter.text.readable import readable

ABSTRACT = (
    "Attention is costly. Many have tried to make it cheaper, e.g. by sampling. In this paper, we propose "
    "Foo, a sparse layer. It halves the memory. Experiments show that Foo reaches 91.5% on Bar. "
    "Code is available at https://example.org/foo."
)


def test_what_was_done_leads_and_a_result_follows():
    draft = extract("Foo", ABSTRACT)
    assert draft.sentence == "In this paper, we propose Foo, a sparse layer."
    assert [each.text for each in draft.takeaways] == ["Experiments show that Foo reaches 91.5% on Bar."]
    assert draft.title == ""


def test_of_several_results_the_best_alone_is_told():
    abstract = (
        "We present Foo, a sparse layer. We show that Foo is fast. Foo reaches an error of 91.5% on Bar. "
        "We find that Foo needs 31% less memory than Baz."
    )
    (takeaway,) = extract("Foo", abstract).takeaways
    assert takeaway.text.startswith("We find that Foo needs 31%")


def test_without_a_result_the_contribution_stands_alone():
    draft = extract("Foo", "Layers are dense. We present Foo, a sparse layer. It is named after a river.")
    assert draft.sentence == "We present Foo, a sparse layer."
    assert draft.takeaways == ()


def test_an_opening_that_leads_back_is_cut_and_the_evidence_is_the_whole_sentence():
    abstract = (
        "Sampling is slow. To overcome this trap, we propose Foo, a sampler of one step. Moreover, Foo"
        " reaches an "
        "error of 3.1% on the Bar benchmark. However, the trap remains in some models."
    )
    draft = extract("Foo", abstract)
    assert draft.sentence == "We propose Foo, a sampler of one step."
    (takeaway,) = draft.takeaways
    assert takeaway.text == "Foo reaches an error of 3.1% on the Bar benchmark."
    assert takeaway.evidence == "Moreover, Foo reaches an error of 3.1% on the Bar benchmark."


def test_an_aside_and_the_background_are_left_out():
    abstract = (
        "Layers are slow and reach 3% only. We release data at https://x.org. We find that Foo is fast."
    )
    draft = extract("Foo", abstract)
    assert "https" not in draft.sentence + "".join(each.text for each in draft.takeaways)
    assert not any("slow" in each.text for each in draft.takeaways)


def test_where_no_claim_stands_alone_a_result_leads_and_else_the_claim_as_it_is():
    claim = "We close this gap with a new sampler of one step."
    assert extract("Foo", f"Slow. {claim} Experiments show gains of 3% on Bar.").sentence.startswith("Exp")
    assert extract("Foo", f"Samplers have always been slow. {claim}").sentence == claim


def test_a_paper_without_an_abstract_has_its_title():
    assert extract(r"On $\alpha$", "").sentence == "On α"
    assert extract("", "  ").sentence


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("However, we find that Foo is fast.", "We find that Foo is fast."),
        ("To this end, we propose Foo, a sampler.", "We propose Foo, a sampler."),
        ("2) To support this framework, we build the FooBench data set.", "We build the FooBench data set."),
        ("Specifically, first, we train Foo on Bar.", "We train Foo on Bar."),
        ("Based on this insight, we train mBERT and Foo.", "We train mBERT and Foo."),
        ("Building on this foundation, FooNet learns to sample quickly.", "FooNet learns to sample quickly."),
        ("Besides, vLLM serves the model without a copy.", "vLLM serves the model without a copy."),
        ("To save memory, we propose Foo, a sparse layer.", ""),
        ("This paper studies the memory of sparse layers.", ""),
        ("There is a layer that needs no memory.", ""),
        ("It is shown that sparse layers need no memory.", ""),
        ("We reduce the number of layers; this also saves time and energy in training.", ""),
        ("Unlike those trained on text, Foo needs no labels.", ""),
        ("Foo improves methods such as Bar and those of others.", ""),
        ("We train three families (Pythia, OLMo-2, Qwen-3) on web pages.", ""),
        ("We study algebras with a calculus that ends early; we call such algebras short.", ""),
        ("Critically, we find that Foo is fast.", "We find that Foo is fast."),
    ],
)
def test_sentences_that_are_understood_alone(sentence, alone):
    assert self_contained(sentence) == (alone or sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "It halves the memory of a layer.",
        "This trap can be overcome by sampling twice.",
        "These results show that layers need no memory.",
        "The former is used for static observation.",
        "Such knowledge serves as a learned prior for models.",
        "We show that these two questions are equivalent.",
        "We close this gap with a sampler of one step.",
        "Their algorithm only works for graded modules.",
        "In architecture search, it discovered many new layers.",
        "(2) environment budgeting, where the depth bounds the cost.",
        "Shared codebooks distill consensus; (2) the transformer splits positions.",
        "By leveraging the experiences from slow reasoning.",
        "Observation plans are dynamically optimized considering:....",
        "Results.",
        "We compare to them on two well-known benchmarks.",
        "This paper reviews that shift through a new lens.",
        "The result is a blueprint for building pipelines.",
        "We show how both limitations can be overcome at once.",
    ],
)
def test_sentences_that_lean_on_others(sentence):
    assert self_contained(sentence) == ""


@given(st.text(max_size=50), st.text(max_size=400))
def test_an_extract_is_made_of_the_abstracts_own_words(title, abstract):
    draft = extract(title, abstract)
    whole = readable(" ".join(abstract.split()))
    assert draft.sentence
    assert len(draft.takeaways) <= 1
    for each in draft.takeaways:
        assert each.evidence in whole
        assert each.evidence.endswith(each.text[1:])
        assert each.text[0] in (each.text[0], each.evidence[-len(each.text)].upper())


@pytest.mark.parametrize(
    "unit",
    [
        "To this, ",
        "however, ",
        "(2) ",
        "this ",
        "We and ",
        "we ",
        "it ",
        ", and this ",
        "the same ",
        "In a, it ",
    ],
)
def test_a_long_abstract_takes_linear_time(unit):
    text = unit * (8_000 // len(unit))
    began = time.process_time()
    extract("Foo", text + ". We propose " + text)
    assert time.process_time() - began < 1


@pytest.mark.slow
def test_a_real_day_has_an_extract_for_every_paper(recorded):
    path = recorded / "arxiv_meta" / "cs_ai_cl_cv_lg_dated.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for _, line in zip(range(600), lines, strict=False)]
    drafts = [extract(each["title"], each["abstract"]) for each in papers]
    texts = [text for draft in drafts for text in (draft.sentence, *(each.text for each in draft.takeaways))]
    assert sum(bool(draft.takeaways) for draft in drafts) > 560
    assert all("\\begin" not in each.sentence and each.sentence for each in drafts)
    opens = (
        "However",
        "Moreover",
        "Furthermore",
        "It ",
        "These ",
        "Such ",
        "To address this",
        "To overcome this",
    )
    assert sum(text.startswith(opens) for text in texts) <= 6


@pytest.mark.slow
def test_extracts_are_the_labelled_sentences(recorded):
    labels = benchmark.read_labels()
    assert len(labels) == 265
    abstracts = benchmark.read_abstracts(labels)
    faults = {one: benchmark.faults_of(one, *abstracts[one.source, one.arxiv_id]) for one in labels}
    assert not any("label it again" in fault for found in faults.values() for fault in found)
    assert sum(not found for found in faults.values()) / len(faults) >= 0.9


def test_labels_hold_no_text():
    rows = (Path(benchmark.FOLDER) / "extracts_labels.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert all(set(row.split("\t")[3]) <= set("CKcRSrBDMNmb") for row in rows)
