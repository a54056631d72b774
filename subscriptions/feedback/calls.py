"""What a mail service posts, whatever is in it: an odd body is refused, an odd event costs no other."""

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final

from anymail.exceptions import AnymailWebhookValidationFailure
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from newsletter.errors import PaperpostError
from newsletter.set_aside import ItemKind, isolating
from newsletter.text.border import load_json
from subscriptions.feedback.events import Feedback, content_of, owner_of
from subscriptions.feedback.webhooks import event_id, feedback_of
from subscriptions.stages import EVENTS

MOST_EVENTS: Final = 10_000  # of one call
_IN_A_FORM: Final = "mandrill_events"  # whose events are JSON in a field
logger = logging.getLogger(__name__)


class OneEvent:
    """A request that carries one of another's events."""

    def __init__(self, request: HttpRequest, event: Any, *, is_form: bool) -> None:
        self._request = request
        self.body = b"" if is_form else _dumped([event])
        self.POST = {_IN_A_FORM: _dumped([event]).decode()} if is_form else {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class TolerantCalls:
    """To be mixed into one of Anymail's views, before it.

    Who calls is checked first, by the view. Then: 400 for a body that holds no event, 413 for one that is too
    large, 503 if the database is away, so that the service calls again.
    """

    def post(self, request: HttpRequest, *_: object, **__: object) -> HttpResponse:
        """Record the events of one call, each apart."""
        try:
            self.run_validators(request)  # type: ignore[attr-defined]
            events = list(self._events(request))[:MOST_EVENTS]
        except RequestDataTooBig:
            return _refusal("it is larger than any call", status=413)
        except AnymailWebhookValidationFailure as error:
            return _refusal(str(error))
        except Exception as error:  # noqa: BLE001 - the services' readers raise whatever a body makes them
            return _refusal(f"its body holds no event ({type(error).__name__})")
        try:
            self._take(events)
        except (DatabaseError, InterfaceError, PaperpostError) as error:
            logger.error("A mail service's call could not be kept: %s", error)  # noqa: TRY400 - one line says it
            return HttpResponse("Please call again.\n", status=503, content_type="text/plain")
        return HttpResponse()

    def _take(self, events: Sequence[Any]) -> None:
        items = ItemKind(key=event_id, owner=self._owner, content=self._content)
        with isolating(EVENTS, now=timezone.now(), items=items) as run:
            for event in events:
                run.one(event, self._tell)

    def _tell(self, event: Any) -> None:
        view: Any = self
        view.signal.send(sender=type(self), event=event, esp_name=view.esp_name)

    def _owner(self, event: Any) -> str:
        feedback = self._feedback(event)
        return owner_of(feedback) if feedback else ""

    def _content(self, event: Any) -> dict[str, Any]:
        """What it takes to record ``event`` again."""
        feedback = self._feedback(event)
        return content_of(feedback) if feedback else {}

    def _feedback(self, event: Any) -> Feedback | None:
        try:
            view: Any = self
            return feedback_of(event, service=view.esp_name, now=timezone.now())
        except Exception:  # noqa: BLE001 - this may be what the event failed for
            return None

    def _events(self, request: HttpRequest) -> Iterator[Any]:
        """All of a call's events; one by one where one of them is odd. Raises if none can be read."""
        try:
            yield from self.parse_events(request)  # type: ignore[attr-defined]
        except RequestDataTooBig:
            raise
        except Exception:
            is_form = _IN_A_FORM in request.POST
            batch = load_json(request.POST[_IN_A_FORM] if is_form else request.body)
            if not isinstance(batch, list) or len(batch) < 2:
                raise
            yield from self._one_by_one(request, batch[:MOST_EVENTS], is_form=is_form)

    def _one_by_one(self, request: HttpRequest, batch: Sequence[Any], *, is_form: bool) -> Iterator[Any]:
        odd = 0
        for event in batch:
            try:
                yield from self.parse_events(OneEvent(request, event, is_form=is_form))  # type: ignore[attr-defined]
            except Exception:  # noqa: BLE001 - the next event is read
                odd += 1
        if odd == len(batch):
            raise ValueError("None of the events can be read.")
        logger.warning("Of a mail service's %d events %d could not be read.", len(batch), odd)


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def _refusal(why: str, *, status: int = 400) -> HttpResponse:
    logger.warning("A mail service's call was refused: %s.", " ".join(why.split())[:200].rstrip("."))
    return HttpResponse("This call was refused.\n", status=status, content_type="text/plain")
