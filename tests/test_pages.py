"""Every kind of page, in every language of the interface, is HTML as the standard has it."""

import re

import pytest
from justhtml import JustHTML
from justhtml.parser import StrictModeError

from newsletter.languages import LANGUAGES
from tests.pages import all_pages

NAMELESS = re.compile(r"<(?:code|div|em|p|pre|span|strong)(?![^>]*\srole=)[^>]*\saria-label(?:ledby)?=")
"""Elements that may have no name unless they have a role (ARIA in HTML, 4)."""
INTERFACE = ("en", "ko", "zh-Hans", "ja", "ar")


def faults_of(html: str) -> str:
    """The first parse error (HTML, section 13.2.2), else the first name of an element that may have none."""
    try:
        JustHTML(html, strict=True)
    except StrictModeError as error:
        return str(error)
    named = NAMELESS.search(html)
    return named[0] if named else ""


def test_the_parser_is_strict():
    assert faults_of("<!DOCTYPE html><title>a</title><p><Wednesday, March 6>x</Wednesday></p>")
    assert faults_of("<!DOCTYPE html><title>a</title><pre id=x aria-label=y>x</pre>")
    assert not faults_of("<!DOCTYPE html><title>a</title><pre role=group aria-label=y>x</pre>")


@pytest.mark.django_db
@pytest.mark.parametrize("code", INTERFACE)
def test_every_page_is_html(client, topics, code):
    paths = all_pages(code)
    assert len(paths) > 20
    language = LANGUAGES[code].django_code
    found = {
        path: faults_of(client.get(path, headers={"accept-language": language}).content.decode())
        for path in paths
    }
    assert {path: fault for path, fault in found.items() if fault} == {}
