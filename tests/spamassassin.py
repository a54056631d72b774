"""SpamAssassin as Debian packs it, with its local rules only: what it thinks of a mail.

``python -m tests.spamassassin`` looks for it, and installs it where we are root on a Debian. Without it the
test that asks it is skipped, which CI counts as a failure.
"""

import contextlib
import email
import email.policy
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_STATUS = re.compile(r"score=(-?[0-9.]+) .*?tests=(\S.*?) autolearn", re.DOTALL)
_SETTINGS = ("use_bayes 0", "report_safe 0")  # learns nothing, and hands mails back as they were
_FROM_LINE = b"From checker@example.org Thu Jan  1 00:00:00 1970\n"


@dataclass(frozen=True, slots=True)
class Opinion:
    """Points, and the names of the rules that gave them."""

    score: float
    rules: str


def find_spamassassin() -> str | None:
    """The path of the program, or None."""
    return shutil.which("spamassassin")


def install_spamassassin() -> None:
    """Try what this machine allows; say nothing, the caller looks again."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "spamassassin"]):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(["apt-get", *command], env=quiet, capture_output=True, timeout=300, check=False)


def opinions_of(messages: Sequence[bytes], *, folder: Path) -> list[Opinion]:
    """What SpamAssassin says of each message; it is started once for all of them.

    ``folder`` is its home, so that it neither reads nor learns anything of this machine's own mail.
    """
    box = folder / "mails"
    box.write_bytes(b"".join(_FROM_LINE + _quoted(data, place) for place, data in enumerate(messages)))
    answer = subprocess.run(
        [
            "spamassassin",
            "--local",
            "--nocreate-prefs",
            *map("--cf={}".format, _SETTINGS),
            "--mbox",
            str(box),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C"},
        capture_output=True,
        timeout=300,
        check=True,
    )
    # They come back in an order of SpamAssassin's own.
    found = dict(_opinion(data) for data in answer.stdout.split(_FROM_LINE)[1:])
    return [found[place] for place in range(len(messages))]


def _quoted(data: bytes, place: int) -> bytes:
    lines = re.sub(rb"(?m)^From ", b">From ", data.replace(b"\r\n", b"\n"))
    return b"X-Place: %d\n%b\n\n" % (place, lines)


def _opinion(data: bytes) -> tuple[int, Opinion]:
    head = email.message_from_bytes(data, policy=email.policy.default)
    found = _STATUS.search(" ".join(str(head["X-Spam-Status"]).split()))
    assert found, head["X-Spam-Status"]
    return int(str(head["X-Place"])), Opinion(float(found[1]), found[2])


def main() -> None:
    if find_spamassassin() is None:
        sys.stderr.write("No SpamAssassin here; installing it for the tests of the mails …\n")
        install_spamassassin()
    if find_spamassassin() is None:
        sys.stderr.write("NO SPAMASSASSIN: the test that asks it will be skipped. Install spamassassin.\n")


if __name__ == "__main__":
    main()
