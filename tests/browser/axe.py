"""axe-core in a page of a browser: what it finds, without what it has passed."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
GRAVE = ("serious", "critical")
"""The impacts that count where the frame of a page is not of our own making."""

# Elements that passed are not written down: of a long list they are megabytes. Nothing is loaded once more:
# only a rule for sounds would look at it.
_RUN = """async ([within, options, impacts]) => {
    const answer = await axe.run(within ?? document, options);
    const violations = answer.violations.filter((rule) => !impacts || impacts.includes(rule.impact));
    const line = (rule, node) => `${rule.id}: ${node.html.slice(0, 160)}`;
    return violations.flatMap((rule) => rule.nodes.map((node) => line(rule, node)));
}"""


def bring_axe(page: Page) -> None:
    """Have each page that is loaded from now on in the page's context bring axe along: it is half a megabyte
    that is then handed to the browser once.
    """
    page.context.add_init_script(AXE_SCRIPT)


def violations(
    page: Page,
    *,
    with_colours: bool = True,
    rules: tuple[str, ...] = RULES,
    within: str | None = None,
    impacts: tuple[str, ...] | None = None,
) -> list[str]:
    """The rule and the element of each violation in the page, or in the elements of a selector.

    With ``impacts`` those of rules that have one of them. Without colours it takes half the time.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, Any] = {"runOnly": list(rules), "resultTypes": ["violations"], "preload": False}
    if not with_colours:
        options["rules"] = {"color-contrast": {"enabled": False}}
    found: list[str] = page.evaluate(_RUN, [within, options, impacts])
    return found
