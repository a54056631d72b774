"""``dns_records``: what to publish for a domain, and what the DNS says now."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from operations.doctor import deliverability
from operations.doctor.resolver import Resolver
from operations.findings import State
from tests.dns_server import DnsServer
from tests.operations.doctor.test_deliverability import HOST, IPV6, KEY_NAME, key_file, rsa_key, zone

__all__ = ["key_file", "rsa_key", "zone"]
pytestmark = pytest.mark.any_database


def run(server, *arguments):
    out = io.StringIO()
    call_command("dns_records", "--nameserver", server.address, *arguments, stdout=out, no_color=True)
    return out.getvalue()


def records_of(zone, *arguments):
    with DnsServer(zone) as server:
        report = json.loads(run(server, "--json", *arguments))
    return {(record["name"], record["kind"]): record for record in report["records"]}


def test_a_domain_that_has_all_is_told_so(zone):
    assert {record["standing"] for record in records_of(zone).values()} == {"there"}


def test_what_is_printed_makes_the_doctor_content_once_it_is_published(zone):
    """From nothing but the host's addresses: the records are taken as they are printed."""
    bare = {key: zone[key] for key in [("mail.example.org", "A"), ("mail.example.org", "AAAA")]}
    wanted = records_of(bare)
    assert {record["standing"] for record in wanted.values()} == {"missing"}
    published = bare | {key: [record["value"]] for key, record in wanted.items()}
    with DnsServer(published) as server:
        lookup = Resolver(server.address)
        looks = [deliverability.spf, deliverability.dkim, deliverability.dmarc, deliverability.ptr]
        assert {look(lookup).state for look in looks} == {State.OK}
        assert [finding.state for finding in deliverability.mx(lookup)] == [State.OK]


@pytest.mark.parametrize(
    ("there", "value"),
    [
        ([], f"v=spf1 ip4:{HOST} ip6:{IPV6} -all"),
        (["v=spf1 ip4:198.51.100.7 ~all"], f"v=spf1 ip4:198.51.100.7 ip4:{HOST} ip6:{IPV6} ~all"),
        ([f"v=spf1 ip4:{HOST} -all"], f"v=spf1 ip4:{HOST} ip6:{IPV6} -all"),
        (
            ["v=spf1 a:a.example.org -all", "v=spf1 a:b.example.org -all"],
            f"v=spf1 a:a.example.org a:b.example.org ip4:{HOST} ip6:{IPV6} -all",
        ),
        (["v=spf1 redirect=_spf.example.org"], f"v=spf1 include:_spf.example.org ip4:{HOST} ip6:{IPV6} -all"),
        (["v=spf1 nonsense -all"], f"v=spf1 ip4:{HOST} ip6:{IPV6} -all"),
        (["v=spf1 +all"], f"v=spf1 ip4:{HOST} ip6:{IPV6} -all"),
    ],
)
def test_the_spf_record_keeps_what_is_there_and_adds_the_sending_host(zone, there, value):
    zone["example.org", "TXT"] = there
    zone["_spf.example.org", "TXT"] = ["v=spf1 a:other.example.org -all"]
    record = records_of(zone)["example.org", "TXT"]
    assert record["value"] == value
    assert record["standing"] == ("different" if there else "missing")


def test_a_zone_files_line_has_strings_that_fit_and_what_is_there_beside_it(zone):
    key = zone[KEY_NAME, "TXT"][0]
    zone[KEY_NAME, "TXT"] = ["v=DKIM1; k=rsa; p="]
    with DnsServer(zone) as server:
        printed = run(server)
    line = next(line for line in printed.splitlines() if line.startswith(f"{KEY_NAME}. IN TXT"))
    strings = line.partition("TXT ")[2].strip('"').split('" "')
    assert "".join(strings) == key
    assert max(map(len, strings)) <= 255
    assert "; ✗ the DNS says now: v=DKIM1; k=rsa; p=" in printed
    assert printed.count("; ✓ it is there") == 5


def test_another_domain_may_be_named_in_any_script(zone):
    records = records_of({}, "--domain", "Bücher.example")
    assert ("xn--bcher-kva.example", "MX") in records
    assert records["_dmarc.xn--bcher-kva.example", "TXT"]["value"].endswith("@xn--bcher-kva.example")


def test_a_picture_has_a_record_of_its_own(zone, settings):
    settings.SENDER_PICTURE = "a picture"
    record = records_of(zone)["default._bimi.example.org", "TXT"]
    assert record["value"] == "v=BIMI1; l=https://news.example.org/brand/sender.svg; a="


def test_a_provider_names_its_own_term(zone, settings):
    settings.EMAIL_HOST = "smtp.provider.example"
    zone["smtp.provider.example", "A"] = ["203.0.113.9"]
    record = records_of(zone)["example.org", "TXT"]
    assert "include" in record["note"]


def test_without_a_domain_or_an_answer_it_says_what_to_do(zone, settings):
    with DnsServer(zone, refuses=True) as server:
        with pytest.raises(CommandError, match="DNS server") as caught:
            run(server)
        assert caught.value.returncode == 1
        settings.FROM_EMAIL, settings.BOUNCE_EMAIL = "paperpost@localhost", ""
        with pytest.raises(CommandError, match="--domain") as caught:
            run(server)
        assert caught.value.returncode == 2
