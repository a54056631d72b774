"""The object in an answer, whatever stands around it; and what stays unread because nobody knows the rest."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import ModelError
from newsletter.llm.objects import read_object
from newsletter.summaries.prompts import fits_the_form, read_draft

RIGHT = {
    "title": "",
    "sentence": "It works.",
    "takeaways": [{"evidence": "It works well.", "text": "Well it does."}],
    "keywords": ["one", "two"],
}
DRAFT = {"title": "", "sentence": "This one I drop again.", "takeaways": [], "keywords": []}
ANSWER = json.dumps(RIGHT)
THOUGHTS = f'The form is {{"title": ""}}. A first try: {json.dumps(DRAFT)}. No, shorter.'


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        f"Here it is:\n```json\n{ANSWER}\n```\nI hope this helps {{smile}}.",
        f"```\n{ANSWER}\n```",
        f"<think>{THOUGHTS}</think>{ANSWER}",
        f"{THOUGHTS}\n</think>\n\n{ANSWER}",
        f"<thinking>{THOUGHTS}</thinking>\n{ANSWER}",
        f"<thought>{THOUGHTS}</thought>{ANSWER}",
        f"<seed:think>{THOUGHTS}</seed:think>{ANSWER}",
        f"[THINK]{THOUGHTS}[/THINK]{ANSWER}",
        f"◁think▷{THOUGHTS}◁/think▷{ANSWER}",
        f"<reasoning>{THOUGHTS}</reasoning>{ANSWER}",
        f"<|begin_of_thought|>{THOUGHTS}<|end_of_thought|>{ANSWER}",
        f"<think>one</think> <think>{THOUGHTS}</think>{ANSWER}",
        f"<|channel|>analysis<|message|>{THOUGHTS}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
        f"<|channel|>final <|constrain|>json<|message|>{ANSWER}<|return|>",
        f"{THOUGHTS}\nThe answer:\n{ANSWER}",
        json.dumps({"summary": RIGHT}),
        json.dumps({"answer": {"result": RIGHT}}),
        json.dumps([RIGHT]),
        json.dumps({"name": "give_answer", "arguments": RIGHT}),
        json.dumps({"name": "give_answer", "arguments": ANSWER}),
        json.dumps({"type": "function", "name": "give_answer", "parameters": RIGHT}),
        json.dumps({"output": ANSWER}),
        json.dumps(ANSWER),
        ANSWER[:-1] + ",}",
        ANSWER.replace("]", ",]"),
        str(RIGHT),
        json.dumps({name.upper(): value for name, value in RIGHT.items()}),
        json.dumps(RIGHT | {"title": None}),
        json.dumps(RIGHT | {"keywords": "one, two"}),
    ],
)
def test_what_is_readable_without_doubt_is_read(text):
    draft = read_draft(text)
    assert (draft.title, draft.sentence, draft.keywords) == ("", "It works.", ("one", "two"))
    assert [(each.evidence, each.text) for each in draft.takeaways] == [("It works well.", "Well it does.")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No object here.",
        ANSWER[:-20],
        ANSWER[: len(ANSWER) // 2],
        f"<think>{THOUGHTS} {ANSWER}",
        f"<think>{ANSWER}</think>",
        f"{THOUGHTS}</think> I am sorry, I cannot.",
        f"<|channel|>analysis<|message|>{ANSWER}<|end|>",
        "{" * 3000,
        "[" * 3000 + "{",
    ],
)
def test_what_is_cut_off_or_only_thought_is_no_answer(text):
    with pytest.raises(ModelError) as caught:
        read_draft(text)
    assert caught.value.kind == "malformed answer"


def test_a_paper_about_thoughts_keeps_its_marks():
    about = RIGHT | {"sentence": "Tokens such as <think> and </think> {mark} the thoughts."}
    for text in (json.dumps(about), f"Sure!\n{json.dumps(about)}"):
        assert read_object(text, fits=fits_the_form)["sentence"] == about["sentence"]


def test_half_an_emoji_is_replaced_and_two_halves_are_joined():
    answer = ANSWER.replace("It works.", "It works \\ud83d.").replace("well.", "well \\ud83d\\ude00.")
    draft = read_draft(answer)
    assert draft.sentence == "It works \ufffd."
    assert draft.takeaways[0].evidence == "It works well \U0001f600."


@given(st.text(max_size=300) | st.text(alphabet="{}[]\"',:<>/think \\n", max_size=200))
def test_any_text_is_read_or_refused(text):
    for around in (text, f"{text}{ANSWER}", f"{ANSWER}{text}"):
        with suppress(ModelError):
            read_draft(around)
