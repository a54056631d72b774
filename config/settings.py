"""All settings, read from the environment or from ``.env``. The only module that reads ``os.environ``.

Every name is documented in the README's table, and a test compares the two.
"""

import re
import secrets
import ssl
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from config import addresses, webhooks
from lib.masking import mask_passwords
from lib.private_files import make_private, set_private_umask

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# Tests and the demo name no file: nothing of the caller's settings reaches them.
if env_file := env.str("ENV_FILE", default=str(BASE_DIR / ".env")):
    env.read_env(env_file)

VERSION = "0.1.0"


def one_of(name: str, *choices: str) -> str:
    """The setting ``name``, which must be one of ``choices``; the first is the default."""
    value = str(env.str(name, default=choices[0])).strip().lower()
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r}: use one of {', '.join(choices)}.")
    return value


def whole_number(name: str, default: int, *, low: int, high: int) -> int:
    """The setting ``name`` as an integer between ``low`` and ``high``."""
    text = str(env.str(name, default="")).strip() or str(default)
    if not re.fullmatch(r"-?[0-9]{1,18}", text) or not low <= int(text) <= high:
        raise ImproperlyConfigured(f"{name}={text!r}: use a whole number from {low} to {high}.")
    return int(text)


def number(name: str, default: float, *, low: float = 0.0) -> float:
    """The setting ``name`` as a number not below ``low``."""
    text = str(env.str(name, default="")).strip() or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not value >= low:
        raise ImproperlyConfigured(f"{name}={text!r}: use a number not below {low:g}.")
    return value


def day(name: str) -> date | None:
    """The setting ``name`` as a day, None if it is empty."""
    text = str(env.str(name, default="")).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r}: write a day as 2026-03-18.") from None


def certificates(name: str, path: str) -> str:
    """The setting ``name`` as the path of a PEM file with certificates; empty stays empty."""
    if path:
        try:
            ssl.create_default_context().load_verify_locations(path)
        except OSError as error:
            text = f"{name}={path}: no certificates can be read from it ({error})."
            raise ImproperlyConfigured(text) from None
    return path


# -- the machine ------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
set_private_umask()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
make_private(VAR_DIR)

SHORTEST_SECRET = 50  # characters, and at least 5 different ones: what Django's security.W009 asks for


def secret_key() -> str:
    """``SECRET_KEY``; while debugging, one that is made once and kept in ``VAR_DIR``."""
    given = str(env.str("SECRET_KEY", default=""))
    if given and not DEBUG and is_weak(given):
        raise ImproperlyConfigured(
            f"SECRET_KEY is weak: use at least {SHORTEST_SECRET} random characters, as "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))" writes them. If this installation '
            "has sent mails already, move the present key to SECRET_KEY_FALLBACKS: their links go on working."
        )
    if given:
        return given
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random text (or DEBUG=1 to try Paperpost out): "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    kept = VAR_DIR / "secret-key"
    if not kept.exists():
        kept.write_text(secrets.token_urlsafe(50), encoding="ascii")
        kept.chmod(0o600)
    return kept.read_text(encoding="ascii").strip()


def is_weak(secret: str) -> bool:
    """Whether Django would warn of it (security.W009): short, monotonous, or from a template."""
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < 5 or secret.startswith("django-insecure-")


SECRET_KEY = secret_key()
# Earlier secrets: links in sent mails are signed with them, suppressed addresses are hashed with them.
SECRET_KEY_FALLBACKS: list[str] = [
    secret for secret in map(str.strip, env.list("SECRET_KEY_FALLBACKS", default=[])) if secret
]
SITE_URL = addresses.url("SITE_URL", str(env.str("SITE_URL", default="http://127.0.0.1:8000")).rstrip("/"))
ALLOWED_HOSTS: list[str] = [
    addresses.host("ALLOWED_HOSTS", name)
    for name in env.list(
        "ALLOWED_HOSTS",
        default=[urlsplit(SITE_URL).hostname or "localhost", "127.0.0.1", "localhost", "[::1]"],
    )
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "newsletter.apps.NewsletterConfig",
    "subscriptions.apps.SubscriptionsConfig",
    "unfold.apps.BasicAppConfig",
    "newsletter.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "anymail",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
]

MIDDLEWARE = [
    "config.doors.forget_one_click_bodies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "newsletter.web.bodies.ReadableBodies",
    "csp.middleware.CSPMiddleware",
    "newsletter.desk.policy.desk_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "config.doors.refuse_large_bodies",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

# Texts are composed without escaping in a second engine: a text part that shows "&lt;" is a defect, and a
# template that is rendered by the wrong engine is a hole. One engine per purpose leaves no switch to forget.
TEMPLATES: list[dict[str, Any]] = [
    {
        "NAME": "html",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        "NAME": "text",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"autoescape": False},
    },
]

# -- database ---------------------------------------------------------------------------------------------

DATABASE_URL = str(env.str("DATABASE_URL", default="")) or f"sqlite:///{VAR_DIR / 'paperpost.sqlite3'}"


def database(url: str) -> dict[str, Any]:
    """Django's settings for ``url``: SQLite made fit for several processes, or PostgreSQL."""
    found: dict[str, Any] = dict(environ.Env.db_url_config(url))
    engine = str(found.get("ENGINE", ""))
    if engine == "django.db.backends.sqlite3":
        found["OPTIONS"] = {
            # A writer that starts as a reader cannot wait for another writer; an immediate one can.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            " PRAGMA secure_delete=ON;",  # who was erased is not left on free pages
        }
    elif engine == "django.db.backends.postgresql":
        found.setdefault("CONN_MAX_AGE", 600)
        found["CONN_HEALTH_CHECKS"] = True
    else:
        raise ImproperlyConfigured(
            f"DATABASE_URL={mask_passwords(url)!r}: use sqlite:///path/to/file or postgres://user:password@host/name."
        )
    return found


DATABASES = {"default": database(DATABASE_URL)}

# -- broker -----------------------------------------------------------------------------------------------

BROKER_NOTE = VAR_DIR / "broker-url"  # where the embedded Valkey says how it is reached
REDIS_IS_GIVEN = bool(env.str("REDIS_URL", default=""))


def broker() -> str:
    """``REDIS_URL``; without it the embedded Valkey's address, if one is running."""
    if REDIS_IS_GIVEN:
        return str(env.str("REDIS_URL"))
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
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB
CELERY_TASK_TIME_LIMIT = 3000  # seconds
CELERY_TASK_SOFT_TIME_LIMIT = 2900
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ROUTES = {
    "newsletter.tasks.fetch*": {"queue": "fetch"},
    "newsletter.tasks.refresh*": {"queue": "fetch"},
    "newsletter.tasks.summarise*": {"queue": "summarise"},
    "newsletter.tasks.read*": {"queue": "summarise"},
    "newsletter.tasks.compose*": {"queue": "summarise"},
    "newsletter.tasks.approve*": {"queue": "summarise"},
    # Who has just signed up waits at the screen: these do not stand in line behind a day's digests.
    "subscriptions.tasks.receive*": {"queue": "notices"},
    "subscriptions.tasks.send_notice": {"queue": "notices"},
    "subscriptions.tasks.*": {"queue": "send"},
}
TICK_SECONDS = number("TICK_SECONDS", 60, low=1)

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# -- sources ----------------------------------------------------------------------------------------------

ARXIV_API_URL = str(env.str("ARXIV_API_URL", default="https://export.arxiv.org")).rstrip("/")
ARXIV_FEED_URL = str(env.str("ARXIV_FEED_URL", default="https://rss.arxiv.org")).rstrip("/")
ARXIV_SITE_URL = str(env.str("ARXIV_SITE_URL", default="https://arxiv.org")).rstrip("/")
HUGGINGFACE_URL = str(env.str("HUGGINGFACE_URL", default="https://huggingface.co")).rstrip("/")
ARXIV_INTERVAL = number("ARXIV_INTERVAL", 3.0)  # seconds between two requests, over all machines
CONTACT_EMAIL = addresses.bare_mailbox("CONTACT_EMAIL", str(env.str("CONTACT_EMAIL", default="")))

# -- model ------------------------------------------------------------------------------------------------

OPENAI_BASE_URL = str(env.str("OPENAI_BASE_URL", default=""))
OPENAI_API_KEY = str(env.str("OPENAI_API_KEY", default=""))
SUMMARY_MODEL = str(env.str("SUMMARY_MODEL", default="gpt-4.1-mini"))
READING_MODEL = str(env.str("READING_MODEL", default="")) or SUMMARY_MODEL
SUMMARY_MODE = one_of("SUMMARY_MODE", "shared", "direct")  # facts once and renderings, or each by itself
JUDGE_MODEL = str(env.str("JUDGE_MODEL", default=""))  # empty: SUMMARY_MODEL, at English; none: rules alone
DAILY_TOKEN_BUDGET = whole_number("DAILY_TOKEN_BUDGET", 5_000_000, low=0, high=10**12)
MODEL_CONCURRENCY = whole_number("MODEL_CONCURRENCY", 16, low=1, high=1024)
MODEL_MAX_TOKENS = whole_number("MODEL_MAX_TOKENS", 0, low=0, high=10_000_000)  # of one answer; 0: learned
MODEL_REASONING_EFFORT = str(env.str("MODEL_REASONING_EFFORT", default=""))  # such as "low"; empty: unsaid
MODEL_TIMEOUT = number("MODEL_TIMEOUT", 120, low=1)  # seconds for one answer
READINGS_PER_DAY = whole_number("READINGS_PER_DAY", 10, low=0, high=10_000)  # papers read in depth
READING_MIN_VOTES = whole_number("READING_MIN_VOTES", 30, low=1, high=10**9)  # or pinned by an editor
READING_TOKENS = whole_number("READING_TOKENS", 150_000, low=1000, high=10**9)  # for one paper, all languages
READING_CONTEXT = whole_number("READING_CONTEXT", 24_000, low=2000, high=10**7)  # tokens of one question
MODEL_PRICE_PROMPT = number("MODEL_PRICE_PROMPT", 0)  # US dollars for a million tokens
MODEL_PRICE_ANSWER = number("MODEL_PRICE_ANSWER", 0)

# -- editions ---------------------------------------------------------------------------------------------

AUTO_APPROVE_HOUR = whole_number("AUTO_APPROVE_HOUR", 5, low=0, high=23)  # UTC
MAX_EDITION_AGE = whole_number("MAX_EDITION_AGE", 7, low=1, high=36_500)  # days; an older one is not sent
EDITION_SIZE = whole_number("EDITION_SIZE", 60, low=1, high=1000)  # papers of one topic and day

# -- mail -------------------------------------------------------------------------------------------------

EMAIL_IS_CAUGHT = not env.str("EMAIL_URL", default="")
EMAIL_URL = str(env.str("EMAIL_URL", default="")) or "smtp://127.0.0.1:8025"


def mail(url: str) -> dict[str, Any]:
    """Django's mail settings for ``url``: SMTP, or one of Anymail's services as ``anymail+NAME://``."""
    scheme = url.partition("://")[0]
    if scheme.startswith("anymail+"):
        service = scheme.removeprefix("anymail+")
        names = {"ses": "amazon_ses"}
        return {"EMAIL_BACKEND": f"anymail.backends.{names.get(service, service)}.EmailBackend"}
    schemes = {"smtp": "smtp", "smtps": "smtp+ssl", "smtp+tls": "smtp+tls", "smtp+ssl": "smtp+ssl"}
    if scheme not in schemes:
        raise ImproperlyConfigured(
            f"EMAIL_URL={mask_passwords(url)!r}: use smtp://user:password@host:587, smtps://… or anymail+ses://."
        )
    return dict(environ.Env.email_url_config(url.replace(scheme, schemes[scheme], 1)))


_mail = mail(EMAIL_URL)
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = addresses.host("EMAIL_URL", _mail.get("EMAIL_HOST") or "127.0.0.1")
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_mail.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_SSL"))
# The ports of RFC 8314 (TLS at once, submission) and of RFC 5321.
EMAIL_PORT = int(_mail.get("EMAIL_PORT") or (465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25))
EMAIL_TIMEOUT = 60  # seconds
# An authority of one's own for the mail server's certificate, beside those of the system.
SMTP_CA_FILE = certificates("SMTP_CA_FILE", str(env.str("SMTP_CA_FILE", default="")))
ANYMAIL: dict[str, Any] = env.json("ANYMAIL", default={})
webhooks.must_be_authenticated(webhooks.service_of(EMAIL_BACKEND), ANYMAIL)

FROM_EMAIL = addresses.mailbox(
    "FROM_EMAIL", str(env.str("FROM_EMAIL", default="")) or "Paperpost <paperpost@localhost>"
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = FROM_EMAIL
OUTBOX_DIR = Path(env.str("OUTBOX_DIR", default=str(VAR_DIR / "outbox")))  # of the local mail catcher
REPLY_TO_EMAIL = addresses.mailbox("REPLY_TO_EMAIL", str(env.str("REPLY_TO_EMAIL", default="")))
BOUNCE_EMAIL = addresses.bounce_mailbox("BOUNCE_EMAIL", str(env.str("BOUNCE_EMAIL", default="")))
BOUNCE_IMAP_URL = str(env.str("BOUNCE_IMAP_URL", default=""))  # imaps://user:password@host/INBOX
BOUNCE_MAILDIR = str(env.str("BOUNCE_MAILDIR", default=""))  # a local mailbox instead
# Signing in this process; usually the mail server signs.
DKIM_KEY_FILE = str(env.str("DKIM_KEY_FILE", default=""))
DKIM_SELECTOR = str(env.str("DKIM_SELECTOR", default="paperpost"))
POSTAL_ADDRESS = str(env.str("POSTAL_ADDRESS", default=""))
REMOTE_PICTURES = env.bool("REMOTE_PICTURES", default=False)
LATE_SUMMARIES = one_of("LATE_SUMMARIES", "extract", "next-day")
THREAD_DIGESTS = env.bool("THREAD_DIGESTS", default=False)
SEND_RATE = number("SEND_RATE", 0)  # messages a second, 0 for no limit
SEND_RATE_PER_DOMAIN = number("SEND_RATE_PER_DOMAIN", 0)
WARM_UP_FROM = day("WARM_UP_FROM")  # the first day of a new sending address, which starts with few messages
# How long a sender may be silent before its batch is taken from it. Too short costs work, never a copy.
DELIVERY_LEASE_SECONDS = number("DELIVERY_LEASE_SECONDS", 300, low=1)
DELIVERY_PROMISE = one_of("DELIVERY_PROMISE", "at-most-once", "at-least-once")

# -- language and time ------------------------------------------------------------------------------------

USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("ko", "한국어"),
    ("zh-hans", "简体中文"),
    ("ja", "日本語"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SECURE = not DEBUG

# -- pages and people who log in ---------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
] + [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Wrong log-ins within an hour: of one name from one network, of all names from one network, and of one name
# from all networks. The last closes the door only to networks from which that name has never logged in.
AXES_FAILURE_LIMIT = 5
LOGIN_FAILURES_PER_NETWORK = 20
LOGIN_FAILURES_PER_NAME = 30
AXES_COOLOFF_TIME = 1  # hour
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "subscriptions.abuse.throttling.client_network"
AXES_HANDLER = "newsletter.desk.logins.LoginLimits"

# Staff prove a second factor; the first log-in sets it up. The demo and developers go without.
STAFF_OTP = env.bool("STAFF_OTP", default=not DEBUG)
OTP_TOTP_ISSUER = "Paperpost"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True  # no list or form shows the key of a device

PROXY_HOPS = whole_number("PROXY_HOPS", 0, low=0, high=10)
if PROXY_HOPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# What one network (/24 of IPv4, /64 of IPv6, and four times as much its /48), everybody together and one
# mailbox (plus-tags folded) may cause.
SIGNUPS_PER_NETWORK = whole_number("SIGNUPS_PER_NETWORK", 20, low=1, high=10**9)  # an hour
SIGNUPS_OVERALL = whole_number("SIGNUPS_OVERALL", 5000, low=1, high=10**9)  # an hour
LOOKS_PER_NETWORK = whole_number("LOOKS_PER_NETWORK", 60, low=1, high=10**9)  # previews a minute
NOTICES_PER_ADDRESS = whole_number("NOTICES_PER_ADDRESS", 3, low=1, high=1000)  # a day
SIGNUP_PROOF_OF_WORK = env.bool("SIGNUP_PROOF_OF_WORK", default=False)
SIGNUP_PROOF_EFFORT = whole_number(
    "SIGNUP_PROOF_EFFORT", 100_000, low=1000, high=100_000_000
)  # hashes at most
REFUSED_DOMAINS_FILE = str(env.str("REFUSED_DOMAINS_FILE", default=""))  # one domain a line
CSRF_FAILURE_VIEW = "subscriptions.web.views.csrf_failure"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if SITE_URL.startswith("https://") else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],  # newsletter.desk.policy
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    },
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Paperpost",
    "SITE_HEADER": "Paperpost",
    "SITE_SYMBOL": "mark_email_unread",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "subscriptions.admin.today.dashboard",
    "STYLES": [lambda _: static("admin-desk.css")],
    "SCRIPTS": [lambda _: static("admin-desk.js")],
    "SIDEBAR": {"show_search": False, "navigation": "subscriptions.admin.navigation.navigation"},
}

DEFAULT_EXCEPTION_REPORTER = "config.error_pages.PasswordReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.error_pages.PasswordFilter"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": str(env.str("LOG_LEVEL", default="INFO")).upper()},
    # httpx logs every address it asks for, and an address may hold a key.
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "waitress.queue": {"level": "ERROR"},
    },
}
