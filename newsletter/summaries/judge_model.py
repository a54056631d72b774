"""The model of the second look: which one, for which languages, and its limits for "yes"."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext

from django.conf import settings

from newsletter.errors import InvalidInput, ModelError
from newsletter.languages import language
from newsletter.llm.endpoint import model_named
from newsletter.llm.failures import OPERATORS_TURN
from newsletter.llm.protocols import Model
from newsletter.records import StageReport
from newsletter.summaries.second_look import SupportQuestion, fitted_limit, probability_of_yes, request_on
from newsletter.summaries.thresholds import judge_limits_of, keep_judge_limit
from newsletter.summaries.worker_pool import SecondModel

NO_JUDGE = "none"  # as JUDGE_MODEL: the rules alone decide
FEWEST = 20  # true statements, and as many false ones, from which a limit is fitted


@contextmanager
def second_model(model: Model) -> Iterator[SecondModel | None]:
    """The model that checks each statement once more, where ``model`` writes.

    A model of its own looks at everything. The summary's model itself looks at English alone: a small one
    finds no fault with its own translations.
    """
    name = settings.JUDGE_MODEL
    if name == NO_JUDGE:
        yield None
    elif name in ("", settings.SUMMARY_MODEL):
        yield SecondModel(model, frozenset({"en"}), judge_limits_of(settings.SUMMARY_MODEL))
    else:
        with model_named(name) or nullcontext() as judge:
            yield SecondModel(judge, None, judge_limits_of(name)) if judge else None


def calibrate_judge(
    statements: Iterable[tuple[SupportQuestion, bool]], *, code: str, model: str = ""
) -> StageReport:
    """Fit and keep a model's limit in one language from statements that are known to be true or false.

    ``model`` is JUDGE_MODEL unless named, else SUMMARY_MODEL. Raises
    :class:`~newsletter.errors.InvalidInput` for an unknown language, too few statements or no endpoint.
    """
    code = language(code).code
    known = list(statements)
    true = sum(is_true for _, is_true in known)
    if min(true, len(known) - true) < FEWEST:
        raise InvalidInput(f"A limit needs {FEWEST} true statements at least, and as many false ones.")
    named = "" if settings.JUDGE_MODEL == NO_JUDGE else settings.JUDGE_MODEL
    name = model or named or settings.SUMMARY_MODEL
    judge = model_named(name)
    if judge is None:
        raise InvalidInput("A judge is a model: set OPENAI_BASE_URL or OPENAI_API_KEY.")
    with judge:
        answers = [(is_true, _yes(judge, each)) for each, is_true in known]
    read = [(is_true, yes) for is_true, yes in answers if yes is not None]
    counts = {"statements": len(answers), "unreadable": len(answers) - len(read)}
    if 2 * len(read) < len(answers):
        reason = f"{name} answered most questions neither yes nor no: its limits stay as they are."
        return StageReport(counts, (reason,))
    limit = fitted_limit(read)
    keep_judge_limit(name, code, limit)
    true_kept = sum(yes >= limit for is_true, yes in read if is_true)
    passed = sum(yes >= limit for is_true, yes in read if not is_true)
    caught = len(known) - true - passed
    return StageReport(
        counts | {"true_kept": true_kept, "false_caught": caught, "limit_percent": round(100 * limit)}
    )


def _yes(judge: Model, statement: SupportQuestion) -> float | None:
    """P(yes); None where this one question has no answer. What fails for all questions is raised."""
    try:
        return probability_of_yes(judge.complete(request_on(statement)))
    except ModelError as error:
        if error.transient or error.kind in OPERATORS_TURN:
            raise
        return None
