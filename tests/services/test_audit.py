"""The bill of materials and the advisories: by the real tools, and OSV as a server of our own."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services import audit

pytestmark = [pytest.mark.processes, pytest.mark.any_database]

PINNED = """\
first-package==1.0 \\
    --hash=sha256:714d0a4932c059d16189f58ef5411ec2287a4360f17cdd0edd2d09d4c5087c93
second-package==2.1 ; python_full_version >= "3.11" \\
    --hash=sha256:c204494cd97479d0e39f28c93d46c0b2d5959c7b9ab904762ea6c7af211c8663
"""


@pytest.fixture
def lock(tmp_path):
    file = tmp_path / "requirements.lock"
    file.write_text(PINNED)
    return file


@pytest.fixture
def osv():
    """Knows of one vulnerability, in the first package."""
    known = {
        "vulns": [
            {
                "id": "PYSEC-2026-1",
                "summary": "It leaks.",
                "affected": [
                    {
                        "package": {"name": "first-package", "ecosystem": "PyPI"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
                        "versions": ["1.0"],
                    }
                ],
            }
        ]
    }

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(known if asked["package"]["name"] == "first-package" else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def test_a_known_vulnerability_is_named_and_fails(lock, osv, capsys):
    assert audit.main(["advisories", "--lock", str(lock), "--osv-url", osv]) == 1
    assert "first-package 1.0: PYSEC-2026-1, mended in 1.1" in capsys.readouterr().out


def test_without_advisories_nothing_is_known_and_that_is_said(lock, capsys):
    nobody = "http://127.0.0.1:9/v1/query"
    assert audit.main(["advisories", "--lock", str(lock), "--osv-url", nobody]) == 0
    out = capsys.readouterr().out
    assert "NOT KNOWN: OSV did not tell of 2 of 2 packages" in out
    assert "no vulnerability" not in out


def test_the_bill_lists_every_package_with_its_version_and_hashes(lock, tmp_path, capsys):
    bill = tmp_path / "out" / "sbom.cdx.json"
    assert audit.main(["bill", "--lock", str(lock), "--output", str(bill)]) == 0
    content = json.loads(bill.read_text())
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.6")
    assert content["metadata"]["component"]["name"] == "paperpost"
    parts = {part["name"]: part["version"] for part in content["components"]}
    assert parts == {"first-package": "1.0", "second-package": "2.1"}
    assert "714d0a4932c059d1" in bill.read_text()
    assert "lists 2 packages" in capsys.readouterr().out
