"""A browser for the browser tests: one that is there, else Playwright's own, else Debian's where we are root.

``python -m tests.browser.install`` looks, and installs if it must. Without any it says so in one line; the
browser tests are then skipped, which CI counts as a failure.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A browser in a container of a package manager cannot see the tests' files, and a root cannot sandbox it.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_browser() -> str | None:
    """The path of a Chromium or Chrome on this machine, or None."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def _run(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install_browser() -> None:
    """Try what this machine allows; say nothing, the caller looks again."""
    if _run(sys.executable, "-m", "playwright", "install", "chromium"):
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        fonts = ("fonts-noto-core", "fonts-noto-cjk")
        _run("apt-get", "update", "-q")
        _run("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium", *fonts)


def main() -> None:
    if find_browser() is None:
        sys.stderr.write("No Chromium or Chrome here; installing one for the browser tests …\n")
        install_browser()
    if find_browser() is None:
        sys.stderr.write("NO BROWSER: the browser tests will be skipped. Install chromium to run them.\n")


if __name__ == "__main__":
    main()
