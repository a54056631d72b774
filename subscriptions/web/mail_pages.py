"""A mail's HTML as a page, under a policy that allows no inline style.

Mails carry their looks in ``style`` attributes, because mail programs know nothing better. On a page only
``unsafe-inline`` would allow these, and with them everybody's. So each attribute becomes a rule of one style
sheet, and the policy names the hash of every sheet in the page.
"""

import base64
import hashlib
import html
import re
from dataclasses import dataclass

# In a text or an attribute of ours a quotation mark is escaped: this finds attributes only.
_ATTRIBUTE = re.compile(r' style="([^"]*)"')
_SHEET = re.compile(r"<style[^<>]*>((?:[^<]|<(?!/?style))*+)</style>")


@dataclass(frozen=True, slots=True)
class MailPage:
    """``styles`` is the value of the policy's ``style-src`` for ``html``."""

    html: str
    styles: str


def page_of(mail: str) -> MailPage:
    """The same to the eye as ``mail``, a whole HTML document, without a ``style`` attribute."""
    looks: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f' data-look="{looks.setdefault(match[1], len(looks))}"'

    # A browser reads CRLF as LF, and takes the hash of what it has read.
    page = _ATTRIBUTE.sub(number, mail.replace("\r\n", "\n"))
    rules = "".join(_rule(look, place) for look, place in looks.items())
    page = page.replace("</head>", f"<style>{rules}</style></head>", 1)
    return MailPage(page, " ".join(_hash(sheet) for sheet in dict.fromkeys(_SHEET.findall(page))))


def _rule(look: str, place: int) -> str:
    """As an attribute does, it wins over every other rule of a mail that is not ``!important``."""
    wherever = f'[data-look="{place}"]' * 4
    return f"{wherever}{{{html.unescape(look).replace('<', '')}}}"


def _hash(sheet: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()}'"
