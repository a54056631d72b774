"""A place that serves one paper as arXiv does, and tools that read from it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.models import Paper
from newsletter.sources.fulltext.fetch import FullTexts
from newsletter.sources.gate import Gate
from newsletter.sources.policy import RatePolicy
from newsletter.sources.stores import FileStore
from tests.factories import make_paper
from tests.newsletter.readings import paper as invented

CC_BY = "http://creativecommons.org/licenses/by/4.0/"


@dataclass(slots=True)
class Place:
    """What is served, by path, and what was asked for."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def arxiv() -> Iterator[Place]:
    """The invented paper's HTML, pictures and abstract page, on a local server."""
    name = f"{invented.ARXIV_ID}v1"
    place = Place(
        {
            f"/html/{name}": invented.page(),
            f"/html/{name}/x1.png": invented.drawing(1),
            f"/html/{name}/x2.png": invented.drawing(2),
            f"/abs/{name}": invented.abstract_page(CC_BY),
        }
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place.asked.append(self.path)
            body = place.files.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    place.url = f"http://127.0.0.1:{server.server_port}"
    yield place
    server.shutdown()
    server.server_close()


@pytest.fixture
def source(arxiv: Place, settings, tmp_path) -> FullTexts:
    """Full texts from that server, without waiting."""
    settings.MEDIA_ROOT = tmp_path / "media"
    gate = Gate(
        name="arXiv",
        locks=(),
        store=FileStore(tmp_path / "answers"),
        policy=RatePolicy(interval=0.0, attempts=1, base=0.0),
        caches=False,
    )
    return FullTexts(gate=gate, base_url=arxiv.url, store=FileStore(tmp_path / "texts"))


@pytest.fixture
def paper(db: None) -> Paper:
    return make_paper(
        arxiv_id=invented.ARXIV_ID,
        title=invented.TITLE,
        abstract=invented.ABSTRACT,
        authors=invented.AUTHORS,
        version=1,
    )
