import gzip
import json

from hypothesis import given
from hypothesis import strategies as st

from newsletter.readable import readable
from newsletter.summaries.extracts import extract

ABSTRACT = (
    "Attention is costly. Many have tried to make it cheaper, e.g. by sampling. In this paper, we propose "
    "Foo, a sparse layer. It halves the memory. Experiments show that Foo reaches 91.5% on Bar. "
    "Code is available at https://example.org/foo."
)


def test_what_was_done_leads_and_results_follow_in_the_abstracts_order():
    found = extract("Foo", ABSTRACT)
    assert found.sentence == "In this paper, we propose Foo, a sparse layer."
    texts = [each.text for each in found.takeaways]
    assert "Experiments show that Foo reaches 91.5% on Bar." in texts
    assert texts == sorted(texts, key=ABSTRACT.index)
    assert all(each.text == each.evidence for each in found.takeaways)
    assert found.title == ""


def test_an_aside_comes_last():
    abstract = "We release data at https://x.org. " + " ".join(f"We find effect {n}." for n in range(8))
    found = extract("Foo", abstract)
    assert not any("https" in each.text for each in found.takeaways)


def test_a_paper_without_an_abstract_has_its_title():
    assert extract(r"On $\alpha$", "").sentence == "On α"
    assert extract("", "  ").sentence


@given(st.text(max_size=50), st.text(max_size=400))
def test_an_extract_is_made_of_the_abstracts_own_words(title, abstract):
    found = extract(title, abstract)
    whole = readable(" ".join(abstract.split()))
    assert found.sentence
    assert all(each.text in whole for each in found.takeaways)
    assert len(found.takeaways) <= 5


def test_a_real_day_has_an_extract_for_every_paper(recorded):
    path = recorded / "arxiv_meta" / "cs_ai_cl_cv_lg_dated.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for _, line in zip(range(600), lines, strict=False)]
    found = [extract(each["title"], each["abstract"]) for each in papers]
    assert sum(len(each.takeaways) >= 3 for each in found) > 590
    assert all("\\begin" not in each.sentence and each.sentence for each in found)
