"""One image, built from the Dockerfile, and the settings of an awkward operator."""

import subprocess
from pathlib import Path

import pytest

from tests.image import building, sandbox
from tests.image.dockerfile import ROOT

# What has gone wrong before: a port of one's own, hosts without loopback, a password with signs of URLs.
ENV = """\
SECRET_KEY=only-for-this-test-but-long-enough-0123456789-abcdefghij
PORT=9000
SITE_URL=https://digest.example.org
ALLOWED_HOSTS=digest.example.org
POSTGRES_PASSWORD=p@ss/w#rd%20:$x
FROM_EMAIL=Digest <digest@example.org>
PROXY_HOPS=1
"""


@pytest.fixture(scope="session")
def sandboxed() -> None:
    """Skips where nothing can be sandboxed, which CI counts as a failure."""
    if reason := sandbox.why_not():
        pytest.skip(f"Nothing can be sandboxed here: {reason}.")


@pytest.fixture(scope="session")
def image(sandboxed: None, tmp_path_factory: pytest.TempPathFactory) -> building.Image:
    return building.build(tmp_path_factory.mktemp("image"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a fresh clone has of the files that its operator touches."""
    names = subprocess.run(
        ["git", "ls-files", "deploy", ".env.example", "Dockerfile", "*.yml"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path
