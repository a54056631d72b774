"""``python -m services.sources --sample --port 8801``: serve the bundled sample until Ctrl-C or SIGTERM."""

import argparse
import signal
import sys
from types import FrameType

from services.sources.server import SourceServer


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m services.sources", description=__doc__)
    parser.add_argument("--sample", action="store_true", required=True, help="serve the bundled sample")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port, printed on the first line")
    options = parser.parse_args(arguments)

    from services.sample import load_sample

    server = SourceServer.from_sample(load_sample(), host=options.host, port=options.port)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        try:
            server.wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
