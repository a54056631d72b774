"""What was learned of models, in the database, so that all machines know it."""

from datetime import datetime, timedelta

from django.utils import timezone

from newsletter.llm.abilities import Abilities, Memory
from newsletter.models import KnownModel

KEPT = timedelta(days=30)  # then it is found out again: the endpoint may have changed


def load_memory(*, now: datetime | None = None) -> Memory:
    """What is known of all models at all endpoints; what is old or of another version is forgotten."""
    since = (now or timezone.now()) - KEPT
    rows = KnownModel.objects.exclude(endpoint="").filter(learned_at__gt=since)
    memory = Memory()
    for endpoint, model, values in rows.values_list("endpoint", "model", "abilities"):
        abilities = Abilities.from_json(values)
        if abilities is not None:
            memory.known[endpoint, model] = abilities
    return memory


def store_changes(memory: Memory, *, now: datetime | None = None) -> int:
    """Store what was learned since the last call; returns of how many models. Other rows stay."""
    changes = memory.take_changes()
    for (endpoint, model), abilities in changes.items():
        KnownModel.objects.update_or_create(
            endpoint=endpoint[:400],
            model=model[:200],
            defaults={"abilities": abilities.to_json(), "learned_at": now or timezone.now()},
        )
    return len(changes)
