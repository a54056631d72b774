"""Where the state is: the database, and the broker with the queues."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config.settings.core import VAR_DIR
from config.settings.environment import env, number, secret, whole_number
from lib.masking import mask_passwords

POSTGRES_HOST = str(env.str("POSTGRES_HOST", default=""))  # a PostgreSQL whose password is no part of a URL
DATABASE_URL = secret("DATABASE_URL")
if not (DATABASE_URL or POSTGRES_HOST):
    DATABASE_URL = f"sqlite:///{VAR_DIR / 'paperpost.sqlite3'}"


def postgres(host: str) -> dict[str, Any]:
    """What a ``postgres://`` URL says, from settings of its own: a password may hold any sign."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "PORT": whole_number("POSTGRES_PORT", 5432, low=1, high=65535),
        "NAME": str(env.str("POSTGRES_DB", default="paperpost")),
        "USER": str(env.str("POSTGRES_USER", default="paperpost")),
        "PASSWORD": secret("POSTGRES_PASSWORD"),
    }


def database(url: str) -> dict[str, Any]:
    """Django's settings for ``url``: SQLite made fit for several processes, or PostgreSQL.

    Empty: the PostgreSQL of ``POSTGRES_HOST``.
    """
    options = dict(environ.Env.db_url_config(url)) if url else postgres(POSTGRES_HOST)
    engine = str(options.get("ENGINE", ""))
    if engine == "django.db.backends.sqlite3":
        options["OPTIONS"] = {
            # A writer that starts as a reader cannot wait for another writer; an immediate one can.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            " PRAGMA secure_delete=ON;",  # who was erased is not left on free pages
        }
    elif engine == "django.db.backends.postgresql":
        options.setdefault("CONN_MAX_AGE", 600)
        options["CONN_HEALTH_CHECKS"] = True
    else:
        raise ImproperlyConfigured(
            f"DATABASE_URL={mask_passwords(url)!r}: use sqlite:///path/to/file or postgres://user:password@host/name."
        )
    return options


DATABASES = {"default": database(DATABASE_URL)}

# -- broker -----------------------------------------------------------------------------------------------

BROKER_NOTE = VAR_DIR / "broker-url"  # written by the embedded Valkey
_given_redis = secret("REDIS_URL")
REDIS_IS_GIVEN = bool(_given_redis)


def broker() -> str:
    """``REDIS_URL``; without it the embedded Valkey's address, if one is running."""
    if REDIS_IS_GIVEN:
        return _given_redis
    return (
        BROKER_NOTE.read_text(encoding="ascii").strip()
        if BROKER_NOTE.exists()
        else "redis://127.0.0.1:6379/0"
    )


REDIS_URL = broker()

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
# Acknowledged as a task begins: what a task that dies leaves, the database knows and the next tick does. A
# late acknowledgement would be one more thing that a broker which restarts can lose.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# KiB. Above what a process needs that keeps all cards of a large day (1,000 papers in four languages: some
# 550 MB): one that is replaced renders all of them again.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 800_000
CELERY_TASK_TIME_LIMIT = 3000  # seconds
CELERY_TASK_SOFT_TIME_LIMIT = 2900
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever
CELERY_BEAT_SCHEDULER = "operations.beat:LivelyScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ROUTES = {
    "newsletter.tasks.fetch*": {"queue": "fetch"},
    "newsletter.tasks.refresh*": {"queue": "fetch"},
    "newsletter.tasks.index*": {"queue": "summarise"},
    "newsletter.tasks.relate*": {"queue": "summarise"},
    "newsletter.tasks.summarise*": {"queue": "summarise"},
    "newsletter.tasks.read*": {"queue": "summarise"},
    "newsletter.tasks.compose*": {"queue": "summarise"},
    "newsletter.tasks.keep*": {"queue": "summarise"},
    "newsletter.tasks.approve*": {"queue": "summarise"},
    "newsletter.tasks.post*": {"queue": "send"},
    # Who has just signed up, or asked for a link, waits at the screen: these do not stand in line behind a
    # day's digests.
    "subscriptions.tasks.receive*": {"queue": "notices"},
    "subscriptions.tasks.send_notice": {"queue": "notices"},
    "subscriptions.tasks.mail_link": {"queue": "notices"},
    "subscriptions.tasks.*": {"queue": "send"},
    "operations.tasks.*": {"queue": "fetch"},
}
TICK_SECONDS = number("TICK_SECONDS", 60, low=1)

PAGES = {
    # Whole public pages of at most 64 KB (newsletter/web/caching.py): no more than 64 MB a process.
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "pages",
    "OPTIONS": {"MAX_ENTRIES": 1000},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}, "pages": PAGES}
