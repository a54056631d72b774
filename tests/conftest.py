"""What every test stands on: a place of its own, a real broker, a real mail server."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before Django reads its settings: tests own their folder, and nobody's .env or database.
_home = tempfile.mkdtemp(prefix="paperpost-tests-")
os.environ["VAR_DIR"] = _home
os.environ["DEBUG"] = "1"
os.environ["SECRET_KEY"] = "only-for-tests"
for _name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "REDIS_URL", "EMAIL_URL", "SITE_URL", "FROM_EMAIL"):
    os.environ[_name] = ""
os.environ["EMAIL_URL"] = "smtp://127.0.0.1:9"  # the discard port: a test that sends asks for a server
os.environ["SITE_URL"] = "https://paperpost.example"
os.environ["ALLOWED_HOSTS"] = "testserver,paperpost.example,127.0.0.1,localhost"
os.environ["FROM_EMAIL"] = "Paperpost <digest@paperpost.example>"
os.environ["CONTACT_EMAIL"] = "operator@paperpost.example"
# No test may reach the internet by accident.
for _name in ("ARXIV_API_URL", "ARXIV_FEED_URL", "ARXIV_SITE_URL", "HUGGINGFACE_URL"):
    os.environ[_name] = "http://127.0.0.1:9"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's synchronous API runs a loop beside the tests

import pytest

RECORDED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real data; a test that needs it is skipped where it is missing."""
    if not RECORDED.is_dir():
        pytest.skip("the recorded data (../shared/data) is not here")
    return RECORDED


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a real Valkey of this session's own."""
    from services.broker import EmbeddedBroker

    with EmbeddedBroker(Path(_home) / "broker") as broker:
        yield broker.url


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def topics(db: None) -> dict[str, object]:
    """The shipped catalogue as rows, by slug."""
    from newsletter.catalogue import load_topics

    from newsletter.models import Topic
    from newsletter.topics import add_missing_topics

    add_missing_topics(load_topics())
    return {topic.slug: topic for topic in Topic.objects.all()}
