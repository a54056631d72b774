"""What the tests of sources and intake share: their own folder, no waiting, a server with recorded days."""

import pytest


@pytest.fixture(autouse=True)
def _alone(settings, tmp_path):
    """Kept answers, the gate's lock and its circuit belong to one test; politeness is tested by name."""
    settings.VAR_DIR = tmp_path
    settings.ARXIV_INTERVAL = 0.0
