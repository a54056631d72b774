"""``python -m tests.pictures``: takes the README's pictures anew, from a demo that it starts and ends.

Four pictures in ``docs/pictures``: a digest in two languages, a paper read in depth with evidence open, the
sign-up, a day at the desk. ``make pictures`` does it.
"""

import re
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from services.sample import load_sample
from services.sample.loading import FIRST
from tests.browser.install import ARGUMENTS, find_browser
from tests.end_to_end.demo import Demo, running_demo

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
QUALITY = 78
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1200, "height": 800}
GAP = 24  # pixels between two phones


def open_page(browser: Browser, address: str, *, viewport: dict[str, int], locale: str = "en-GB") -> Page:
    """A page at twice the pixels, in light colours."""
    size = {"width": viewport["width"], "height": viewport["height"]}
    page = browser.new_page(viewport=size, device_scale_factor=2, locale=locale, color_scheme="light")  # type: ignore[arg-type]
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page


def save(picture: Image.Image, name: str) -> None:
    """As WebP, at one and a half times the pixels of a screen."""
    smaller = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)
    smaller.save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)


def taken(page: Page) -> Image.Image:
    """What the page shows now."""
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def mail(browser: Browser, demo: Demo) -> None:
    """The first screen of a digest on a phone, in English and in Korean."""
    phones = []
    for language in ("en", "ko"):
        reader = next(each for each in load_sample().readers if each.language == language)
        (name, *_) = [
            file.stem
            for file in sorted((demo.folder / "outbox").glob("*.eml"))
            if reader.email.encode() in file.read_bytes()
        ]
        address = f"{demo.site}/mail/{name}/html/"
        phones.append(taken(open_page(browser, address, viewport=PHONE, locale=language)))
    width = sum(phone.width for phone in phones) + GAP * (len(phones) - 1)
    sheet = Image.new("RGB", (width, phones[0].height), "#ffffff")
    for number, phone in enumerate(phones):
        sheet.paste(phone, (number * (phone.width + GAP), 0))
    save(sheet, "mail")


def in_depth(browser: Browser, demo: Demo) -> None:
    """A paper read in depth, the evidence of its first statements open."""
    sample = load_sample()
    (arxiv_id,) = set(sample.readings) & set(sample.listed(FIRST))
    page = open_page(browser, f"{demo.site}/papers/{arxiv_id}/en/in-depth/", viewport=DESKTOP)
    for fold in page.locator("details summary").all()[:3]:
        fold.click()
    page.locator("details[open]").first.scroll_into_view_if_needed()
    page.mouse.wheel(0, 220)
    page.wait_for_timeout(300)
    save(taken(page), "in-depth")


def sign_up(browser: Browser, demo: Demo) -> None:
    """The first screen of the site."""
    save(taken(open_page(browser, f"{demo.site}/", viewport=DESKTOP)), "sign-up")


def desk(browser: Browser, demo: Demo) -> None:
    """Tomorrow's drafts at the desk."""
    password, address = (
        re.search(pattern, demo.said, re.MULTILINE)
        for pattern in (r"admin / (\S+)$", r"tomorrow's drafts at the desk +(\S+)$")
    )
    assert password
    assert address
    page = open_page(browser, f"{demo.site}/admin/", viewport=DESKTOP)
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(password[1])
    page.locator("form button[type=submit], form input[type=submit]").first.click()
    page.wait_for_load_state()
    page.goto(address[1])
    page.wait_for_load_state("networkidle")
    save(taken(page), "desk")


def main() -> int:
    """Take all four; 1 where there is no browser."""
    chromium = find_browser()
    if chromium is None:
        sys.stderr.write("There is no browser: make test installs one.\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="paperpost-pictures-") as folder,
        running_demo(Path(folder) / "var") as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for picture in (mail, in_depth, sign_up, desk):
            picture(browser, demo)
        browser.close()
    for file in sorted(FOLDER.glob("*.webp")):
        sys.stdout.write(f"{file.relative_to(FOLDER.parents[1])}  {file.stat().st_size // 1024} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
