"""arXiv's taxonomy is whole, and what is no category is not taken for one."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.arxiv import taxonomy
from newsletter.errors import InvalidInput


def test_it_has_as_many_categories_archives_groups_and_aliases_as_arxiv():
    counts = [len(taxonomy.CATEGORIES), len(taxonomy.ARCHIVES), len(taxonomy.GROUPS), len(taxonomy.ALIASES)]
    assert counts == [155, 20, 8, 6]


@pytest.mark.parametrize(
    ("archive", "size"),
    [("cs", 40), ("math", 32), ("physics", 22), ("q-bio", 10), ("cond-mat", 9), ("q-fin", 9), ("hep-th", 1)],
)
def test_an_archive_expands_to_all_of_its_categories(archive, size):
    found = taxonomy.expand(f"{archive}.*")
    assert len(found) == size
    assert {taxonomy.archive_of(category) for category in found} == {archive}
    assert taxonomy.expand(archive) == found


def test_the_groups_hold_every_category_once():
    grouped = [category for group in taxonomy.GROUPS for category in taxonomy.expand(f"grp_{group}")]
    assert sorted(grouped) == sorted(taxonomy.CATEGORIES)


@pytest.mark.parametrize(
    ("alias", "canonical"),
    [
        ("cs.NA", "math.NA"),
        ("cs.SY", "eess.SY"),
        ("math.IT", "cs.IT"),
        ("stat.TH", "math.ST"),
        ("math.MP", "math-ph"),
        ("q-fin.EC", "econ.GN"),
        ("cmp-lg", "cs.CL"),
        ("cs.CV", "cs.CV"),
        ("68T45", "68T45"),
    ],
)
def test_two_names_of_one_category_have_one_canonical_name(alias, canonical):
    assert taxonomy.canonical(alias) == canonical


def test_both_names_of_a_category_are_categories_with_the_same_name():
    for alias, canonical in taxonomy.ALIASES.items():
        assert alias in taxonomy.CATEGORIES
        assert canonical in taxonomy.CATEGORIES
        words = {taxonomy.CATEGORIES[alias], taxonomy.CATEGORIES[canonical]}
        assert len(words) == 1 or words == {"Economics", "General Economics"}


@pytest.mark.parametrize(
    "text",
    ["68T45, 62H30", "I.2.7", "68T50 (Primary)", "CS", "N/A", "", "cs", "cs.*", "cs.XX", "CS.cv", "A.I"],
)
def test_subject_classes_and_other_strings_are_no_categories(text):
    assert text not in taxonomy.CATEGORIES


def test_a_record_keeps_its_categories_and_loses_its_subject_classes():
    given_strings = ["cs.CV", "68T45, 62H30", "I.2.7; I.4", "cs.CV, cs.MM", "astro-ph", "CS", "q-bio.QM"]
    assert taxonomy.select_categories(given_strings) == ("cs.CV", "cs.MM", "astro-ph", "q-bio.QM")


def test_categories_are_found_whatever_their_case():
    assert taxonomy.find_category(" CS.cv ") == "cs.CV"
    assert taxonomy.find_category("MATH-PH") == "math-ph"
    assert taxonomy.find_category("68T45") is None
    assert taxonomy.expand("Astro-PH.*")[0] == "astro-ph.CO"


def test_groups_are_known():
    assert taxonomy.group_of("hep-th") == "physics"
    assert taxonomy.group_of("astro-ph") == "physics"
    assert taxonomy.group_of("I.2.7") is None


def test_a_mistyped_category_is_refused_with_the_nearest_name():
    with pytest.raises(InvalidInput, match=r"'cs.CVV'.*'cs.CV'"):
        taxonomy.expand("cs.CVV")


@given(st.text(max_size=60))
def test_no_pattern_raises_anything_but_the_documented_error(pattern):
    try:
        found = taxonomy.expand(pattern)
    except InvalidInput:
        return
    assert found
    assert taxonomy.CATEGORIES.keys() >= set(found)


def test_every_recorded_string_is_a_category_or_has_the_form_of_a_subject_class(recorded):
    seen = set()
    for name in ("astro_ph_listing", "math_qa_rt_listing", "hep_grqc_versions", "cs_ro_cv_doi_jref"):
        with gzip.open(recorded / "arxiv_meta" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                seen.update(json.loads(line)["categories"])
    categories = {text for text in seen if taxonomy.select_categories([text])}
    others = seen - categories
    assert len(categories) > 100
    # A category has a lower-case archive before its point; MSC begins with digits and ACM with one capital.
    assert [text for text in others if text[:1].islower()] == []
