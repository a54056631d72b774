"""What was set aside, for a person: how much of it there is, another try, or never again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from lib.chunks import IDS_A_QUERY, chunked
from newsletter import stages as content_stages
from newsletter.models import IntakeDay, SetAside
from newsletter.models.states import IntakeState
from newsletter.set_aside import Stage
from subscriptions import stages
from subscriptions.delivery import operator_actions
from subscriptions.feedback.events import record_again
from subscriptions.models import Delivery, SignUp


@dataclass(frozen=True, slots=True)
class Summary:
    """How many items of a stage wait for a person. ``down``: why all of them fail, if they do."""

    stage: Stage
    count: int
    down: str = ""


def visible_stages(may: Callable[[str], bool]) -> list[str]:
    """The stages whose items one may look at; ``may`` says whether one has a permission."""
    return [stage.slug for stage in stages.STAGES if may(stage.permission)]


def summaries(may: Callable[[str], bool]) -> list[Summary]:
    """What waits, by stage, in the order of the pipeline. Two queries."""
    waiting = SetAside.objects.needing_a_person().filter(stage__in=visible_stages(may))
    counts = dict(waiting.order_by().values_list("stage").annotate(items=Count("pk", filter=~Q(item=""))))
    down = dict(waiting.filter(item="").values_list("stage", "reason")) if counts else {}
    return [
        Summary(stage, counts[stage.slug], down.get(stage.slug, ""))
        for stage in stages.STAGES
        if stage.slug in counts
    ]


def try_again(rows: QuerySet[SetAside], *, now: datetime) -> int:
    """Have the next run of each stage take ``rows`` up again, dropped ones too. Returns how many."""
    days = {
        content.get("day")
        for content in rows.filter(stage=content_stages.TAKING_IN.slug).values_list("content", flat=True)
    }
    count = rows.update(state=SetAside.State.WAITING, retry_at=now)
    # A day that is done is not asked for again, unless it failed.
    IntakeDay.objects.filter(day__in=days - {None}).update(
        state=IntakeState.FAILED, reason="A paper of it is tried again, as asked for at the desk."
    )
    record_again(rows.filter(stage=stages.EVENTS.slug).values_list("content", flat=True), now=now)
    for chunk in chunked(_ids(rows, stages.MESSAGES), IDS_A_QUERY):
        # The ledger has given these up; the others are still wanted where they stand.
        operator_actions.retry_failed(Delivery.objects.filter(pk__in=chunk), now=now)
    return count


def drop(rows: QuerySet[SetAside]) -> int:
    """Never try ``rows`` again. Returns how many were dropped."""
    forms = _ids(rows, stages.SIGN_UPS)
    rows.filter(item="").delete()  # a whole stage cannot be dropped; if it still fails it says so again
    count = rows.update(state=SetAside.State.DROPPED, content={})
    for chunk in chunked(forms, IDS_A_QUERY):
        SignUp.objects.filter(pk__in=chunk).delete()  # nothing is kept of whoever gave this address
    return count


def _ids(rows: QuerySet[SetAside], stage: Stage) -> list[int]:
    """The keys of those of ``rows`` that are items of ``stage``."""
    items = rows.filter(stage=stage.slug).values_list("item", flat=True)
    keys = [item.rpartition(" ")[2] for item in items]
    return [int(key) for key in keys if key.isdecimal()]
