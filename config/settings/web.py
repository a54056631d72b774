"""The pages: languages, files, who logs in, what a stranger may cause, and what a browser is told."""

from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from config.settings.brand import SITE_NAME
from config.settings.core import DEBUG, SITE_URL, VAR_DIR
from config.settings.environment import BASE_DIR, env, number, secret, whole_number

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

# As much as any address takes; config/request_limits.py says how much each takes, before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

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
OTP_TOTP_ISSUER = SITE_NAME
OTP_ADMIN_HIDE_SENSITIVE_DATA = True  # no list or form shows the key of a device

PROXY_HOPS = whole_number("PROXY_HOPS", 0, low=0, high=10)
if PROXY_HOPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def metrics_token() -> str:
    """``METRICS_TOKEN``: who has it may read /metrics from anywhere."""
    token = secret("METRICS_TOKEN").strip()
    if token and (len(token) < 20 or not token.isascii() or not token.isprintable() or " " in token):
        raise ImproperlyConfigured(
            "METRICS_TOKEN is weak: use at least 20 random letters and digits, as "
            'python3 -c "import secrets; print(secrets.token_urlsafe(30))" writes them.'
        )
    return token


METRICS_TOKEN = metrics_token()
PAGE_TIME_LIMIT = number("PAGE_TIME_LIMIT", 5)  # seconds for the statements of a public page; 0: no limit

# What one network (/24 of IPv4, /64 of IPv6, and four times as much its /48), everybody together and one
# mailbox (plus-tags folded) may cause.
SIGNUPS_PER_NETWORK = whole_number("SIGNUPS_PER_NETWORK", 20, low=1, high=10**9)  # an hour
SIGNUPS_OVERALL = whole_number("SIGNUPS_OVERALL", 5000, low=1, high=10**9)  # an hour
LOOKS_PER_NETWORK = whole_number("LOOKS_PER_NETWORK", 60, low=1, high=10**9)  # previews a minute
API_REQUESTS_PER_NETWORK = whole_number("API_REQUESTS_PER_NETWORK", 120, low=1, high=10**9)  # a minute
NOTICES_PER_ADDRESS = whole_number("NOTICES_PER_ADDRESS", 3, low=1, high=1000)  # a day
SIGNUP_PROOF_OF_WORK = env.bool("SIGNUP_PROOF_OF_WORK", default=False)
SIGNUP_PROOF_EFFORT = whole_number(
    "SIGNUP_PROOF_EFFORT", 100_000, low=1000, high=100_000_000
)  # hashes at most
REFUSED_DOMAINS_FILE = str(env.str("REFUSED_DOMAINS_FILE", default=""))  # one domain a line
CSRF_FAILURE_VIEW = "subscriptions.web.views.csrf_failure"

HAS_TLS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HAS_TLS
SESSION_COOKIE_AGE = 12 * 3600
# For how long browsers ask by TLS alone (RFC 6797), also where the operator takes TLS away again.
HSTS_SECONDS = whole_number("HSTS_SECONDS", 31_536_000, low=0, high=63_072_000)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HAS_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HAS_TLS and env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"  # previews of mails say otherwise themselves
# What `check --deploy` would have for every site, and only the operator of a domain can decide.
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for all subdomains: HSTS_SUBDOMAINS
    "security.W021",  # browsers' preload lists are left after months alone
    *(["security.W008"] if HAS_TLS else []),  # the proxy redirects: it alone is asked without TLS
]
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
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_SYMBOL": "mark_email_unread",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "operations.admin.today.dashboard",
    "STYLES": [lambda _: static("admin-desk.css")],
    "SCRIPTS": [lambda _: static("admin-desk.js")],
    "SIDEBAR": {"show_search": False, "navigation": "subscriptions.admin.navigation.navigation"},
}
