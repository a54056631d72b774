"""The names of papers for machines."""

from types import SimpleNamespace

import pytest

from newsletter.archive.identifiers import identifier, parse
from newsletter.errors import InvalidInput

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("arxiv_id", ["2403.03163", "0704.0001", "math.GT/0309136", "hep-th/9901001"])
def test_a_name_leads_back_to_its_paper(arxiv_id: str) -> None:
    name = identifier(SimpleNamespace(arxiv_id=arxiv_id))
    assert name == f"arxiv:{arxiv_id}"
    assert parse(name) == ("arxiv", arxiv_id)


@pytest.mark.parametrize("text", ["arXiv:2403.03163", "ARXIV:2403.03163v2"])
def test_the_case_of_the_scheme_and_the_version_do_not_matter(text: str) -> None:
    assert parse(text) == ("arxiv", "2403.03163")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "2403.03163",
        "arxiv:",
        "arxiv:arxiv:2403.03163",
        "arxiv: 2403.03163",
        "arxiv:2403.03163\n",
        "arxiv:2413.03163",
        "arxiv:../../etc/passwd",
        "arxiv:２４０３.０３１６３",
        "doi:10.1000/182",
        "arxiv:2403.03163" + "0" * 10_000,
        "\0",
    ],
)
def test_anything_else_is_refused_in_one_sentence_that_says_what_a_name_is(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"names no paper.*arxiv:2403\.03163") as refusal:
        parse(text)
    assert len(str(refusal.value)) < 250
