"""Days, months, languages and page numbers in addresses of public pages, read from untrusted text."""

import re
from datetime import date

from django.http import Http404

from newsletter.languages import LANGUAGES

DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
LANGUAGE = r"(?P<language>[A-Za-z-]{2,10})"
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_PAGE = re.compile(r"[1-9][0-9]{0,3}")


def day_of(text: str) -> date:
    """The day of an ISO date, else 404."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


def month_of(text: str) -> date:
    """The first day of the month ``YYYY-MM``, else 404."""
    if not _MONTH.fullmatch(text):
        raise Http404
    return day_of(f"{text}-01")


def month_after(month: date, months: int = 1) -> date:
    """The first day of the month that comes ``months`` after ``month``, or before it."""
    count = month.year * 12 + month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def page_of(text: str) -> int:
    """The number of a page, the first for no text, else 404."""
    if text and not _PAGE.fullmatch(text):
        raise Http404
    return int(text or 1)


def check_language(code: str) -> None:
    """404 for a language that there is not."""
    if code not in LANGUAGES:
        raise Http404
