"""The macros of SPF, by the examples of RFC 7208, section 7.4."""

import ipaddress

import pytest

from operations.doctor.resolver import Resolver
from operations.doctor.spf import _Evaluation

SENDER = "strong-bad@email.example.com"


@pytest.mark.parametrize(
    ("macro", "text"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%%%_x", "% x"),
    ],
)
def test_macros(macro, text):
    evaluation = _Evaluation(ipaddress.ip_address("192.0.2.3"), SENDER, Resolver("127.0.0.1"))
    assert evaluation._expand(macro, "email.example.com") == text


def test_macros_of_an_ipv6_address():
    evaluation = _Evaluation(ipaddress.ip_address("2001:db8::cb01"), SENDER, Resolver("127.0.0.1"))
    expanded = evaluation._expand("%{ir}.%{v}._spf.%{d2}", "email.example.com")
    nibbles = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
    assert expanded == f"{nibbles}.ip6._spf.example.com"
