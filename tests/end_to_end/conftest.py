"""One running demo for all the tests that look at it."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.demo import Demo, running_demo


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own folder that has delivered its day and stays up until the last of these tests."""
    folder = tmp_path_factory.mktemp("demo") / "var"
    folder.mkdir(mode=0o755)  # as somebody may have made it, who thought of nobody else
    with running_demo(folder) as running:
        yield running
