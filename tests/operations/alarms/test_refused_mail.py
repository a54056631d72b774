"""Without a watch, too: when a twentieth of a day's mail comes back, the rest of the day's stays here."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations.tasks import look_for_alarms
from subscriptions.delivery import holds
from subscriptions.delivery.checkpoints import FileCheckpoints
from subscriptions.models import Delivery, DeliveryEvent
from tests.smtp_sink import OK, Act, SmtpSink
from tests.subscriptions.delivery.ledger import queue, send_all, states

pytestmark = pytest.mark.django_db

UNKNOWN = Act(reply="550 5.1.1 No such user here")


class Refusing:
    """A mail server that knows none of every ``nth`` reader it is asked about."""

    def __init__(self, nth: int) -> None:
        self.nth, self.asked = nth, 0

    def __call__(self, stage: str, address: str) -> Act:
        if stage != "rcpt":
            return OK
        self.asked += 1
        return UNKNOWN if self.asked % self.nth == 0 else OK


@pytest.mark.parametrize(("nth", "is_held"), [(20, True), (25, False)])
def test_the_periodic_task_alone_holds_sending(settings, tmp_path, nth: int, is_held: bool):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    day = timezone.now().date()
    queue(200, day=day)
    with SmtpSink(play=Refusing(nth)) as sink:
        send_all(sink, checkpoints=FileCheckpoints(tmp_path), batch=100)
        refused = 200 // nth
        assert states() == {"sent": 200 - refused, "failed": refused}
        assert DeliveryEvent.objects.filter(kind="hard", final=True).count() == refused
        look_for_alarms()
        later = queue(30, day=day)
        run = send_all(sink, checkpoints=FileCheckpoints(tmp_path))
        assert bool(holds.current_holds()) is is_held
        assert len(sink.accepted) == 200 - refused + (0 if is_held else 30 - 30 // nth)
        if is_held:
            (hold,) = holds.current_holds()
            assert hold.sentence.startswith("10 of the 200 digests of ")
            assert "bounced (5.0%; the limit is 5.0%)." in hold.sentence
            assert run.counts == {}
            assert (
                not Delivery.objects.filter(pk__in=[row.pk for row in later]).exclude(state="queued").exists()
            )
            queue(5, day=day + timedelta(days=1))
            assert send_all(sink, checkpoints=FileCheckpoints(tmp_path)).counts == {}
