"""What was learned of models, in the database, so that all machines know it."""

from datetime import datetime, timedelta

from django.utils import timezone

from newsletter.llm.capabilities import Capabilities, Memory
from newsletter.models import KnownModel

KEPT = timedelta(days=30)  # then it is found out again: the endpoint may have changed


def load_capabilities(*, now: datetime | None = None) -> Memory:
    """What is known of all models at all endpoints; what is old or of another version is forgotten."""
    since = (now or timezone.now()) - KEPT
    rows = KnownModel.objects.exclude(endpoint="").filter(learned_at__gt=since)
    memory = Memory()
    for endpoint, model, values in rows.values_list("endpoint", "model", "abilities"):
        capabilities = Capabilities.from_json(values)
        if capabilities is not None:
            memory.known[endpoint, model] = capabilities
    return memory


def store_changes(memory: Memory, *, now: datetime | None = None) -> int:
    """Store what was learned since the last call; returns of how many models. Other rows stay."""
    changes = memory.take_changes()
    for (endpoint, model), capabilities in changes.items():
        KnownModel.objects.update_or_create(
            endpoint=endpoint[:400],
            model=model[:200],
            defaults={"abilities": capabilities.to_json(), "learned_at": now or timezone.now()},
        )
    return len(changes)
