"""Every kind of public page in a real browser: five languages, light and dark, narrow and wide.

A page is loaded once, at one of the two widths and in one scheme, and axe looks at all of it. Languages take
turns, so that each kind is loaded and looked at in every way; whether the text has room is asked at both
widths in each language. Colours are the same in all languages: two that see each kind in both schemes tell.
``open_page`` fails on requests to anybody else and on complaints.
"""

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.axe import bring_axe, violations
from tests.factories import make_edition, make_paper, make_topic
from tests.public_site import INTERFACE, make_public_site, public_pages

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

Scheme = Literal["light", "dark"]
NARROW: ViewportSize = {"width": 375, "height": 800}
WIDE: ViewportSize = {"width": 1280, "height": 900}
COLOURED = ("en", "zh-Hans")
NOWHERE = "/archive/1999-01-01/"
MOST_MOVED = 0.02  # https://web.dev/articles/cls
WATCH_SHIFTS = """
    window.moved = 0;
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.moved += shift.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
MOVED = """async () => {
    await document.fonts.ready;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return window.moved;
}"""
IS_WIDER = "document.documentElement.scrollWidth > window.innerWidth"
UNFOLD = "for (const closed of document.querySelectorAll('details')) closed.open = true"


def faults(page: Page, path: str, *, turn: int, with_colours: bool) -> list[str]:
    """What is wrong with a page that is loaded in one of four ways, of the schemes and the widths."""
    widths = (NARROW, WIDE) if turn % 2 else (WIDE, NARROW)
    scheme: Scheme = "light" if turn // 2 % 2 else "dark"
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(widths[0])
    answer = page.goto(path)
    status = answer.status if answer else None
    wrong = [] if status == (404 if path.startswith(NOWHERE) else 200) else [f"is answered with {status}"]
    if (moved := page.evaluate(MOVED)) > MOST_MOVED:
        wrong.append(f"moves by {moved:.3f} while it is loaded, {widths[0]['width']} pixels wide")
    page.evaluate(UNFOLD)
    wide = [widths[0]["width"]] if page.evaluate(IS_WIDER) else []
    wrong += [f"{scheme}: {each}" for each in violations(page, with_colours=with_colours)]
    page.set_viewport_size(widths[1])
    wide += [widths[1]["width"]] if page.evaluate(IS_WIDER) else []
    return wrong + [f"is wider than {width} pixels" for width in wide]


def test_every_public_page_in_every_language_scheme_and_width(open_page: Callable[..., Page]):
    site = make_public_site()
    page = open_page("/", reduced_motion="reduce")  # else colours change little by little
    page.context.add_init_script(WATCH_SHIFTS)
    bring_axe(page)
    wrong: dict[str, list[str]] = {}
    for number, code in enumerate(INTERFACE):
        for turn, path in enumerate([*public_pages(site, code), f"{NOWHERE}{code}/"], number):
            if found := faults(page, path, turn=turn, with_colours=code in COLOURED):
                wrong[path] = found
    assert wrong == {}


def test_what_the_clipboard_refuses_is_selected(open_page: Callable[..., Page]):
    paper = make_paper()
    make_edition(make_topic("vision"), [paper])
    page = open_page("/privacy/")
    page.context.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    page.goto(f"/papers/{paper.arxiv_id}/en/")
    page.evaluate(UNFOLD)
    button = page.locator("[data-copies=citation-bib]")
    button.click()
    page.wait_for_function("getSelection().toString().startsWith('@misc')")
    assert button.text_content() == "Copy"
