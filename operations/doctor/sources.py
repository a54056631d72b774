"""What is asked of others on the network: arXiv, Hugging Face, and the model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Sum

from newsletter.errors import ModelError, SourceError
from newsletter.grounding.languages import detect
from newsletter.languages import LANGUAGES
from newsletter.llm.endpoint import model_named
from newsletter.llm.failures import ModelFailure
from newsletter.llm.questions import ChatMessage, ModelRequest
from newsletter.models import Demand
from newsletter.sources.arxiv import endpoint, read_page
from newsletter.sources.feed import AnnouncementFeed, read_feed
from newsletter.sources.gate import Check, Gate, arxiv_gate, huggingface_gate
from newsletter.sources.http import ATOM, FEED, JSON, FetchedResponse, FetchLimits, host_of
from newsletter.sources.huggingface import read_body
from operations.doctor.stores import unasked
from operations.findings import Finding, failed, ok, warning

LIMITS = FetchLimits(connect=3.0, read=4.0, total=4.0)
PATIENCE = 4.0  # seconds in which another process may be asking arXiv
MODEL_SECONDS = 12.0
A_PAPER = "1706.03762"  # one that arXiv has, and nobody will withdraw
FEW_CATEGORIES = "math.HO"  # its feed is short
_UNREACHABLE = "See whether this machine reaches the network, by name (DNS) and through its firewall."


def arxiv() -> list[Finding]:
    """Whether arXiv's query API and its feed answer: a small request to each, with the pause between."""
    question = endpoint(settings.ARXIV_API_URL).format(urlencode({"id_list": A_PAPER, "max_results": 1}))
    feed = f"{AnnouncementFeed().base_url}/{FEW_CATEGORIES}"
    return [
        _source("arxiv API", arxiv_gate(), question, ATOM, _a_paper),
        _source("arxiv feed", arxiv_gate(), feed, FEED, _a_feed),
    ]


def huggingface() -> Finding:
    """Whether the daily papers of Hugging Face answer."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    url = f"{settings.HUGGINGFACE_URL}/api/daily_papers?{urlencode({'date': day.isoformat()})}"
    return _source("huggingface", huggingface_gate(), url, JSON, _a_list)


def _source(name: str, gate: Gate, url: str, accept: str, check: Check) -> Finding:
    """One request through the source's own gate: it takes its turn, and counts as every other does."""
    gate.policy = replace(gate.policy, attempts=1, patience=PATIENCE, base=gate.policy.interval)
    gate.limits, gate.caches = LIMITS, False
    try:
        gate.fetch(url, accept=accept, check=check)
    except SourceError as error:
        if "stayed shut" in error.message:
            return ok(name, f"{host_of(url)} is being asked at this moment by another process.")
        return failed(name, error.message, _UNREACHABLE)
    return ok(name, f"{host_of(url)} answers.")


def _a_paper(answer: FetchedResponse) -> None:
    read_page(answer.body)


def _a_feed(answer: FetchedResponse) -> None:
    read_feed(answer.body)


def _a_list(answer: FetchedResponse) -> None:
    read_body(answer)


# -- model ------------------------------------------------------------------------------------------------

_REMEDIES = {
    ModelFailure.AUTHENTICATION: "Set OPENAI_API_KEY to a key that the endpoint takes.",
    ModelFailure.QUOTA: "Pay the provider, or raise its limit.",
    ModelFailure.NOT_FOUND: "Set SUMMARY_MODEL to a model that is there, and OPENAI_BASE_URL to its API.",
    ModelFailure.CERTIFICATE: "Mend the endpoint's certificate, or name it as the certificate does.",
    ModelFailure.TIMEOUT: "See whether it is busy or starting; a smaller model answers sooner.",
    ModelFailure.CONNECTION: "Start the endpoint, or mend OPENAI_BASE_URL.",
}


def model() -> list[Finding]:
    """Whether each model in use answers one tiny question, in the language that most readers read."""
    if not settings.OPENAI_BASE_URL and not settings.OPENAI_API_KEY:
        sentence = "No model is set: readers get extracts of the abstracts, in English."
        return [warning("model", sentence, "Set OPENAI_BASE_URL or OPENAI_API_KEY (docs/models.md).")]
    names = [settings.SUMMARY_MODEL, settings.READING_MODEL]
    if settings.JUDGE_MODEL not in ("", "none"):
        names.append(settings.JUDGE_MODEL)
    try:
        return [_answer_of(name) for name in dict.fromkeys(names)]
    except DatabaseError as error:
        return [unasked("model", error)]


def _answer_of(name: str) -> Finding:
    code = _language()
    language = LANGUAGES[code].english_name
    question = (
        f"Write one complete sentence in {language} that says what a scientific journal is. "
        f"Answer with this sentence in {language} and nothing else."
    )
    client = model_named(name, timeout=MODEL_SECONDS)
    if client is None:
        raise AssertionError("an endpoint or a key is set")
    with client:
        try:
            answer = client.complete(ModelRequest((ChatMessage("user", question),), temperature=0.0))
        except ModelError as error:
            kind = getattr(error, "kind", ModelFailure.SERVER)
            remedy = _REMEDIES.get(
                kind, "Look at what the endpoint says; manage.py summarise_papers tells more."
            )
            return failed(f"model {name}", f"The model {name} does not answer: {error}", remedy)
    spoken = detect(answer.text, expected=code)
    if spoken != code:
        spoken_name = LANGUAGES[spoken].english_name if spoken in LANGUAGES else "another language"
        sentence = f"The model {name} was asked for {language} and answered in {spoken_name}."
        return failed(
            f"model {name}",
            sentence,
            "Take a model that knows the languages of your readers (docs/models.md).",
        )
    tokens = answer.prompt_tokens + answer.completion_tokens
    return ok(f"model {name}", f"The model {name} answers in {language} ({tokens} tokens).")


def _language() -> str:
    """The language other than English that most readers read: every model knows English."""
    rows = Demand.objects.exclude(language="en").values_list("language").annotate(Sum("readers"))
    known = [(readers, code) for code, readers in rows if code in LANGUAGES]
    return max(known)[1] if known else "ko"
