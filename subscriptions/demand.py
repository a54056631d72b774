"""What the readers need, told to the content side as numbers: how many want which topic in which language."""

from functools import partial

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from newsletter.models import Demand
from newsletter.set_aside import isolating
from subscriptions import stages
from subscriptions.models import Subscriber, Subscription


def publish_demand() -> int:
    """Make the Demand rows say what active readers want now; returns how many rows there are.

    Rows that did not change are not written. May run at any time, also twice at once.
    """
    wanted: dict[tuple[int | None, str], int] = {
        (topic, language): readers
        for topic, language, readers in Subscription.objects.filter(
            subscriber__state=Subscriber.State.ACTIVE, topic__is_active=True
        )
        .values_list("topic", "subscriber__language")
        .annotate(readers=Count("subscriber"))
        .order_by()
    }
    for language, readers in (
        Subscriber.objects.active()
        .exclude(queries=[])
        .values_list("language")
        .annotate(readers=Count("pk"))
        .order_by()
    ):
        wanted[None, language] = readers
    with transaction.atomic():
        told = {(row.topic_id, row.language): row for row in Demand.objects.all()}
        gone = [row.pk for key, row in told.items() if key not in wanted]
        changed = []
        for key, readers in wanted.items():
            row = told.get(key)
            if row is not None and row.readers != readers:
                row.readers = readers
                changed.append(row)
        new = [
            Demand(topic_id=topic, language=language, readers=readers)
            for (topic, language), readers in wanted.items()
            if (topic, language) not in told
        ]
        Demand.objects.filter(pk__in=gone).delete()
        Demand.objects.bulk_update(changed, ["readers"])
    with isolating(stages.DEMAND, now=timezone.now(), key=lambda row: row.language) as run:
        run.together(new, partial(Demand.objects.bulk_create, ignore_conflicts=True))
    return len(wanted)
