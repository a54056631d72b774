"""Our mails use nothing that Gmail, Outlook or Apple Mail lack, but for what is accepted with a reason."""

from pathlib import Path

import pytest

from newsletter.rendering import render_email
from tests.mail_features import ACCEPTED, SUPPORTED, features_of
from tests.newsletter.rendering.test_rendering import NOTICES

SNAPSHOTS = Path(__file__).resolve().parents[2] / "snapshots"


def used():
    """By mail: the digest in the languages of its snapshots, which are what is sent; every notice."""
    mails = {path.stem: path.read_text(encoding="utf-8") for path in SNAPSHOTS.glob("digest-*.html")}
    for language in ("en", "ko", "ar"):
        for name, context in NOTICES.items():
            mails[f"{name} in {language}"] = render_email(name, context, language=language).html
    return {name: features_of(html) for name, html in mails.items()}


def test_what_our_mails_use_is_supported_or_accepted_and_nothing_is_accepted_for_nothing():
    found = used()
    assert len(found) > 15
    strange = {name: features - SUPPORTED - ACCEPTED.keys() for name, features in found.items()}
    assert {name: features for name, features in strange.items() if features} == {}
    assert ACCEPTED.keys() - set().union(*found.values()) == set()
    assert not SUPPORTED & ACCEPTED.keys()


@pytest.mark.parametrize(
    ("html", "feature"),
    [
        ("<video src=x></video>", "<video>"),
        ("<p style='display: flex'>", "display flex"),
        ("<p style='margin: -8px 0'>", "margin negative"),
        ("<p style='margin-top:calc(1px + 1em)'>", "calc()"),
        ("<p style='color: rgba(0,0,0,.5)'>", "rgba()"),
        ("<p style='color: red !important'>", "!important inline"),
        ("<p style='width: 50vw'>", "vw"),
        ("<p hidden>", "@hidden"),
        ("<style>@font-face { src: url(x) } p { color: red }</style>", "at:font-face"),
        ("<style>@supports (display: grid) { p { color: red } }</style>", "at:supports display"),
        ("<style>p > a { color: red }</style>", "selector:child"),
        ("<style>.a.b { color: red }</style>", "selector:chain"),
        ("<style>li:nth-child(2) { color: red }</style>", "selector::nth-child"),
        ("<style>@media (x: y) { p { position: fixed } }</style>", "position"),
    ],
)
def test_what_is_not_supported_would_be_found(html, feature):
    assert feature in features_of(html) - SUPPORTED - ACCEPTED.keys()
