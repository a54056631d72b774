"""What a model answers becomes claims, however it is wrapped; what has not their form is left out."""

import json

import pytest

from newsletter.errors import ModelError
from newsletter.readings.answers import Claim, read_facts

ROW = {"field": "idea", "passage": "S1.p1", "evidence": "It halves the memory.", "text": "Half is enough."}


def answer(*rows: object) -> str:
    return json.dumps({"statements": rows, "results": []})


def test_thoughts_and_fences_around_the_object_do_not_count():
    wrapped = f"<think>{{not this}}</think>Here it is:\n```json\n{answer(ROW)}\n```"
    assert read_facts(wrapped)[0] == (Claim(**ROW),)


def test_words_of_a_passage_in_place_of_its_name_are_the_evidence():
    row = {**ROW, "passage": ROW["evidence"], "evidence": ""}
    assert read_facts(answer(row))[0] == (Claim(**{**ROW, "passage": ""}),)


def test_what_has_not_the_form_of_a_claim_is_left_out():
    assert read_facts(answer("no", 7, None, ROW))[0] == (Claim(**ROW),)
    assert read_facts(answer({"field": ["x"], "text": {}}))[0] == (Claim("", "", "", ""),)


@pytest.mark.parametrize("text", ["", "I cannot do that.", '{"statements": [{"field": "id'])
def test_what_is_no_object_is_an_error(text: str):
    with pytest.raises(ModelError):
        read_facts(text)
