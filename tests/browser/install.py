"""A browser for the browser tests: one that is there, else Playwright's own, else Debian's where we are root.
Fonts of the scripts that pages are written in, too: without them a picture of a page shows boxes.

``python -m tests.browser.install`` looks, and installs if it must. Without any it says so in one line; the
browser tests are then skipped, which CI counts as a failure.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Liberation is as wide as the Arial that readers have: the heights of mails and pages depend on it.
FONTS = ("fontconfig", "fonts-liberation", "fonts-noto-core", "fonts-noto-cjk")
SCRIPTS = ("ar", "he", "hi", "ja", "ko", "ru", "zh-cn", "zh-tw")
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
    if not _run(sys.executable, "-m", "playwright", "install", "chromium"):
        _install_packages("chromium")


def has_fonts() -> bool:
    """Whether there is a font for each of :data:`SCRIPTS` and one as wide as Arial, as far as can be told."""
    if not shutil.which("fc-list"):
        return sys.platform == "darwin"  # which has them all
    arial = subprocess.run(["fc-match", "Arial"], capture_output=True, check=False).stdout
    return any(name in arial for name in (b"Arial", b"Liberation", b"Arimo")) and all(
        subprocess.run(["fc-list", f":lang={code}"], capture_output=True, check=False).stdout
        for code in SCRIPTS
    )


def _install_packages(*packages: str) -> None:
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        _run("apt-get", "update", "-q")
        _run("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages)


def main() -> None:
    if not has_fonts():
        _install_packages(*FONTS)
    if not has_fonts():
        sys.stderr.write(f"FONTS ARE MISSING: pages may show boxes. Install {' '.join(FONTS)}.\n")
    if find_browser() is None:
        sys.stderr.write("No Chromium or Chrome here; installing one for the browser tests …\n")
        install_browser()
    if find_browser() is None:
        sys.stderr.write("NO BROWSER: the browser tests will be skipped. Install chromium to run them.\n")


if __name__ == "__main__":
    main()
