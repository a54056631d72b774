"""Models behind :class:`tests.model_server.ModelServer`: one tells the truth about the paper, others lie."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.newsletter.readings import paper

ENGLISH_NAMES = {"Korean": "ko", "German": "de", "Arabic": "ar"}
Request = dict[str, Any]


def kind_of(request: Request) -> str:
    """ "facts", "choice" or "text"."""
    system = request["messages"][0]["content"]
    if system.startswith("You read one piece"):
        return "facts"
    return "choice" if system.startswith("Notes were taken") else "text"


def asked_language(request: Request) -> str:
    system = request["messages"][0]["content"]
    return next(code for name, code in ENGLISH_NAMES.items() if f"Write {name}" in system)


def asked_texts(request: Request) -> list[dict[str, str]]:
    """What the question wants said, by id."""
    body = re.search(r"<text-\w+>\n(.*)\n</text-", request["messages"][1]["content"], re.DOTALL)
    assert body
    return json.loads(body[1])


def passage_with(request: Request, words: str) -> str:
    """The name of the passage that holds ``words``; "" if the question does not show it."""
    for line in request["messages"][1]["content"].split("\n\n"):
        if words in line:
            found = re.search(r"\[([\w.]+)\]", line)
            return found[1] if found else ""
    return ""


def true_facts(request: Request) -> dict[str, Any]:
    statements = [
        {"field": field, "passage": passage_with(request, evidence), "evidence": evidence, "text": text}
        for field, evidence, text in paper.CLAIMS
        if passage_with(request, evidence)
    ]
    rows = {row[0]: " | ".join(row) for row in paper.TABLE}
    results = [
        {
            "passage": "T1",
            "method": method,
            "metric": metric,
            "value": value,
            "data": "HarbourBench",
            "evidence": rows[method],
        }
        for method, metric, value in paper.NUMBERS
        if "[T1]" in request["messages"][1]["content"]
    ]
    return {"statements": statements, "results": results}


def true_texts(request: Request) -> dict[str, Any]:
    known = paper.TRANSLATIONS[asked_language(request)]
    return {"texts": [{"id": each["id"], "text": known[each["text"]]} for each in asked_texts(request)]}


def truthful(request: Request) -> str:
    """What the paper says, with its words."""
    kind = kind_of(request)
    if kind == "facts":
        return json.dumps(true_facts(request))
    if kind == "choice":
        return json.dumps(
            {"keep": re.findall(r"^([sr]\d+) \(", request["messages"][1]["content"], re.MULTILINE)}
        )
    return json.dumps(true_texts(request), ensure_ascii=False)


INVENTIONS: tuple[tuple[str, str, str], ...] = (
    # A number that is not there, a name that is not there, words that are not there, a reversed outcome.
    ("findings", paper.RESULTS[0], "TideNet reaches a mean error of 2.7 cm."),
    ("findings", paper.RESULTS[0], "TideNet reaches a lower error than OceanGPT and GaugeLSTM."),
    (
        "idea",
        "The network was trained with quantum annealing on 900 satellites.",
        "Quantum annealing trains it.",
    ),
    (
        "limitations",
        paper.LIMITS,
        "TideNet models waves that break over sea walls and was tested on 14 coasts.",
    ),
    ("significance", paper.CONCLUSION[0], "As an AI language model, I cannot access the paper."),
    ("effort", paper.RESULTS[2], "xxx"),
    ("strengths", paper.STEPS[0], "<script>alert(1)</script> The method is elegant."),
    ("weaknesses", paper.DATA[1], "Some Error for method"),
)
WRONG_NUMBERS: tuple[tuple[str, str, str], ...] = (
    ("TideNet", "Error (cm)", "3.1"),  # nowhere
    ("TideNet", "Error (cm)", "12.2"),  # another method's
    ("TideNet", "Error (cm)", "9.5"),  # another column's
    ("OceanGPT", "Error (cm)", "8.4"),  # no such method
    ("TideNet", "Accuracy", "8.4"),  # no such metric
)


def inventing(request: Request) -> str:
    """Nothing but inventions, with the paper's words as their evidence where that helps them."""
    if kind_of(request) != "facts":
        return truthful(request)
    statements = [
        {
            "field": field,
            "passage": passage_with(request, evidence) or "S1.p1",
            "evidence": evidence,
            "text": text,
        }
        for field, evidence, text in INVENTIONS
    ]
    results = [
        {"passage": "T1", "method": method, "metric": metric, "value": value, "data": "", "evidence": ""}
        for method, metric, value in WRONG_NUMBERS
    ]
    return json.dumps({"statements": statements, "results": results})


def half_true(request: Request) -> str:
    """The truth, with the inventions among it; languages are told truthfully."""
    if kind_of(request) != "facts":
        return truthful(request)
    true, false = true_facts(request), json.loads(inventing(request))
    return json.dumps({name: [*false[name], *true[name]] for name in true})


def mistranslating(change: Callable[[str], str]) -> Callable[[Request], str]:
    """The truth in English; in other languages each text is changed."""

    def answer(request: Request) -> str:
        if kind_of(request) != "text":
            return truthful(request)
        texts = true_texts(request)["texts"]
        return json.dumps({"texts": [{"id": each["id"], "text": change(each["text"])} for each in texts]})

    return answer
