"""What the newsletter is made of: the sources, the model, and the editions."""

from django.core.exceptions import ImproperlyConfigured

from config import addresses
from config.settings.environment import env, number, one_of, secret, share, whole_number

# -- sources ----------------------------------------------------------------------------------------------

ARXIV_API_URL = str(env.str("ARXIV_API_URL", default="https://export.arxiv.org")).rstrip("/")
ARXIV_FEED_URL = str(env.str("ARXIV_FEED_URL", default="https://rss.arxiv.org")).rstrip("/")
ARXIV_SITE_URL = str(env.str("ARXIV_SITE_URL", default="https://arxiv.org")).rstrip("/")
HUGGINGFACE_URL = str(env.str("HUGGINGFACE_URL", default="https://huggingface.co")).rstrip("/")
ARXIV_INTERVAL = number("ARXIV_INTERVAL", 3.0)  # seconds between two requests, over all machines
CONTACT_EMAIL = addresses.bare_mailbox("CONTACT_EMAIL", str(env.str("CONTACT_EMAIL", default="")))

# -- model ------------------------------------------------------------------------------------------------

OPENAI_BASE_URL = str(env.str("OPENAI_BASE_URL", default=""))
OPENAI_API_KEY = secret("OPENAI_API_KEY")
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
EDITION_SIZE = whole_number("EDITION_SIZE", 60, low=1, high=1000)  # of a topic and day, shown at first
RANKING_TRIAL_SHARE = share("RANKING_TRIAL_SHARE", 0.0)  # of readers with a taste: both orders in one digest

# -- channels ---------------------------------------------------------------------------------------------

CHANNEL_LATE_HOURS = whole_number("CHANNEL_LATE_HOURS", 24, low=1, high=168)  # after its hour


def private_hosts() -> list[str]:
    """``CHANNEL_PRIVATE_HOSTS``: hosts, or host:port, that may lie in a private network or have no https."""
    hosts = [str(host).strip().lower() for host in env.list("CHANNEL_PRIVATE_HOSTS", default=[])]
    for place, host in enumerate(hosts, 1):
        if "/" in host or "@" in host or " " in host:
            raise ImproperlyConfigured(
                f"CHANNEL_PRIVATE_HOSTS, entry {place}: write a host or host:port, such as 10.0.0.5:8065."
            )
    return [host for host in hosts if host]


CHANNEL_PRIVATE_HOSTS = private_hosts()
TELEGRAM_API_URL = str(env.str("TELEGRAM_API_URL", default="https://api.telegram.org")).rstrip("/")
