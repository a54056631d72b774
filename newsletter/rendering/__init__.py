"""HTML mails: papers as views, cards of MJML, a layout, and the phrases of every language."""

from newsletter.rendering.mjml import (
    base_context,
    checked_links,
    render_email,
    render_mjml,
    render_part,
    tidy_html,
    tidy_text,
)

__all__ = [
    "base_context",
    "checked_links",
    "render_email",
    "render_mjml",
    "render_part",
    "tidy_html",
    "tidy_text",
]
