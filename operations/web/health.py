"""Whether this web process is well, for balancers and Compose."""

import logging

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from lib.redis_clients import redis_client

log = logging.getLogger(__name__)


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    del request
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database and the broker answer too; else 503, and which does not."""
    del request
    answers = {"database": _database_answers(), "broker": _broker_answers()}
    well = all(answers.values())
    words = {name: "ok" if fine else "failed" for name, fine in answers.items()}
    return JsonResponse({"status": "ok" if well else "failed", **words}, status=200 if well else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("The database does not answer.")
        return False
    return True


def _broker_answers() -> bool:
    try:
        with redis_client(settings.REDIS_URL, timeout=2) as client:
            client.ping()
    except redis.RedisError:
        log.warning("The broker does not answer.")
        return False
    return True


urlpatterns = [path("health/live", live, name="live"), path("health/ready", ready, name="ready")]
