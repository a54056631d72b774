"""The machine, the secret, the address of the site, and what Django is made of."""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import addresses
from config.settings.environment import BASE_DIR, env, one_of, secret
from lib.private_files import make_private, set_private_umask

VERSION = "0.1.0"

DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
set_private_umask()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
make_private(VAR_DIR)
WISHES_JOURNAL = str(env.str("WISHES_JOURNAL", default=""))  # empty: a file in VAR_DIR

SHORTEST_SECRET = 50  # characters, and at least 5 different ones: what Django's security.W009 asks for


def secret_key() -> str:
    """``SECRET_KEY``; with ``DEBUG``, one that is made once and stored in ``VAR_DIR``."""
    key = secret("SECRET_KEY")
    if key and not DEBUG and is_weak(key):
        raise ImproperlyConfigured(
            f"SECRET_KEY is weak: use at least {SHORTEST_SECRET} random characters, as "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))" writes them. If this installation '
            "has sent mails already, move the present key to SECRET_KEY_FALLBACKS: their links go on working."
        )
    if key:
        return key
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random text (or DEBUG=1 to try Paperpost out): "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    file = VAR_DIR / "secret-key"
    if not file.exists():
        file.write_text(secrets.token_urlsafe(50), encoding="ascii")
        file.chmod(0o600)
    return file.read_text(encoding="ascii").strip()


def is_weak(key: str) -> bool:
    """Whether Django warns of it (security.W009): short, of few different characters, or a template's."""
    return len(key) < SHORTEST_SECRET or len(set(key)) < 5 or key.startswith("django-insecure-")


SECRET_KEY = secret_key()
# Earlier secrets: links in sent mails are signed with them, suppressed addresses are hashed with them.
SECRET_KEY_FALLBACKS: list[str] = [
    key for key in map(str.strip, secret("SECRET_KEY_FALLBACKS").replace("\n", ",").split(",")) if key
]
PORT = str(env.str("PORT", default=""))  # where `make run` and `make demo` listen
SITE_URL = addresses.url(
    "SITE_URL", str(env.str("SITE_URL", default="") or f"http://127.0.0.1:{PORT or 8000}").rstrip("/")
)
# Where the watch asks whether web is well; empty: at SITE_URL; "none": nowhere.
SITE_CHECK_URL = addresses.web_address("SITE_CHECK_URL", str(env.str("SITE_CHECK_URL", default="")))
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")  # always allowed: health checks ask under these names
ALLOWED_HOSTS: list[str] = list(
    dict.fromkeys(
        [
            *(
                addresses.host("ALLOWED_HOSTS", name)
                for name in env.list("ALLOWED_HOSTS", default=[])
                or [urlsplit(SITE_URL).hostname or "localhost"]
            ),
            *LOOPBACK,
        ]
    )
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "newsletter.apps.NewsletterConfig",
    "subscriptions.apps.SubscriptionsConfig",
    "operations.apps.OperationsConfig",
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
    "config.permissions_policy.permissions_policy",
    "config.request_limits.forget_one_click_bodies",
    "config.request_ids.identify_requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "operations.web.proxies.notice_unbelieved_proxy",
    "newsletter.web.bodies.ReadableBodies",
    "csp.middleware.CSPMiddleware",
    "newsletter.desk.policy.desk_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "config.request_limits.refuse_large_bodies",
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
                "newsletter.web.branding.brand",
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

DEFAULT_EXCEPTION_REPORTER = "config.error_pages.PasswordReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.error_pages.PasswordFilter"

LOG_FORMAT = one_of("LOG_FORMAT", "text", "json")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{asctime} {levelname:7} {name}: {message}", "style": "{"},
        "json": {"()": "config.json_logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
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
if LOG_FORMAT == "json":
    LOGGING_CONFIG = "config.json_logs.configure"
    # With DEBUG Django writes its own lines beside ours.
    LOGGING["loggers"] |= {name: {"handlers": [], "propagate": True} for name in ("django", "django.server")}
