"""Mails that nobody should have to read: what programs and strangers make of RFC 5322."""

import json
from collections.abc import Iterator
from pathlib import Path

HEAD = b"From: mira@harbour.example\nTo: bounces@paperpost.example\nMessage-ID: <odd@harbour.example>\n"
BODY = b"\nHello\n"
STATUS = (
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
    b"Content-Type: text/plain\n\n"
    b"It could not be delivered.\n--b\nContent-Type: message/delivery-status\n\n%s\n--b--\n"
)
CHARSETS = (
    *(
        "undefined",
        "idna",
        "punycode",
        "zlib",
        "base64_codec",
        "unicode_escape",
        "raw_unicode_escape",
        "rot13",
    ),
    *(
        "utf-7",
        "utf-16",
        "utf-32-be",
        "mbcs",
        "hz",
        "x-unknown",
        "utf\0-8",
        "ütf-8",
        "u" * 5000,
        '"',
        "=?x?=",
    ),
)


def odd_mails() -> dict[str, bytes]:
    """By name. Not one of them is a report about a reader."""
    return dict(_all())


def shared_mails(folder: Path) -> dict[str, bytes]:
    """Those of the shared cases, files and made ones."""
    files = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.eml"))}
    recipes = json.loads((folder / "made.json").read_text(encoding="utf-8"))
    made = {
        name: (recipe["head"] + recipe["repeat"] * recipe["times"] + recipe["tail"]).encode()
        for name, recipe in recipes.items()
    }
    return files | made


def _all() -> Iterator[tuple[str, bytes]]:
    yield from _sizes()
    yield from _charsets()
    yield from _addresses()
    yield from _headers()
    yield from _parts()
    yield from _reports()


def _sizes() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "one zero", b"\0"
    yield "a megabyte of zeros", b"\0" * 1_000_000
    yield "blank lines", b"\n" * 300_000
    yield "carriage returns", b"\r" * 300_000
    yield "mbox lines only", b"From x\n>From y\nFrom z\n"
    yield "colons", b":" * 100_000
    yield "no head", b"\n" + b"x" * 100
    yield "five megabytes", HEAD + b"\n" + b"word " * 1_000_000
    yield "random bytes", bytes(range(256)) * 400
    for name, piece in {
        "hyphens": b"-",
        "ones": b"1,",
        "addresses": b"aaaa@",
        "percent": b"1% ",
        "brackets": b"(",
        "angles": b"<",
        "greater": b">",
        "blanks": b" ",
        "tabs": b"\t",
        "equals": b"=",
        "encoded words": b"=?utf-8?q?a?= ",
        "half encoded words": b"=?a?q?",
        "quotes": b'"',
        "backslashes": b"\\",
        "semicolons": b";",
        "digits": b"5.1.1 550 ",
        "dotted": b"a.",
        "tags": b"<a ",
        "braces": b'{"a":',
        "received": b"received: from x ",
        "stars": b"|*>-",
    }.items():
        yield f"a line of {name}", HEAD + BODY + piece * (100_000 // len(piece)) + b"\nbye\n"
        yield f"a subject of {name}", b"Subject: " + piece * (100_000 // len(piece)) + b"\n" + HEAD + BODY
        yield f"lines of {name}", HEAD + BODY + (piece * (78 // len(piece)) + b"\n") * 2500


def _charsets() -> Iterator[tuple[str, bytes]]:
    for number, charset in enumerate(CHARSETS):
        kind = b'Content-Type: text/plain; charset="%s"\n' % charset.encode()
        yield f"body in charset {number}", HEAD + kind + b"\nsch\xf6n =?\xff\n"
        yield f"subject in charset {number}", HEAD + b"Subject: =?%s?b?w7Y=?=\n" % charset.encode() + BODY
        yield (
            f"boundary in charset {number}",
            HEAD
            + (b"Content-Type: multipart/mixed; boundary*=%s''b\n\n--b\n\nx\n--b--\n" % charset.encode()),
        )
        yield (
            f"returned in charset {number}",
            HEAD
            + (
                b"Content-Type: multipart/report; boundary=b\n\n--b\n"
                b"Content-Type: text/rfc822-headers; charset=%s\n\n"
                b"Subject: \xff\n--b\nContent-Type: message/rfc822\n\nContent-Type: text/plain; charset=%s\n"
                b"\n\xff\n--b--\n" % (charset.encode(), charset.encode())
            ),
        )


def _addresses() -> Iterator[tuple[str, bytes]]:
    for name, sender in {
        "8 bit": "jürgen@müller.example".encode(),
        "latin": "jürgen@müller.example".encode("latin1"),
        "half a pair": b"=?utf-8?q?a=ED=A0=BD=40b=2Eexample?=",
        "NUL": b"a\0b@c.example",
        "encoded line break": b"=?utf-8?q?a=0D=0ABcc=3A_all=40b=2Eexample?= <a@b.example>",
        "brackets": b"<" * 5000 + b"a@b.example" + b">" * 5000,
        "comments": b"(" * 5000 + b"a@b.example" + b")" * 5000,
        "quotes": b'"' * 5001 + b"a@b.example",
        "groups": b"g:" * 5000 + b"a@b.example;",
        "routes": b"<@a,@b,@c:d@e.example>",
        "literal": b"a@[" + b"1." * 3000 + b"]",
        "ats": b"a" + b"@b" * 5000,
        "long label": b"a@" + b"b" * 70 + b".example",
        "empty labels": "a@ü..example".encode(),
        "dots": b".a..b.@c.example",
        "emoji": "👩‍🔬@日本.example".encode(),
        "nothing": b"",
        "right to left": "\u202emoc.elpmaxe@a".encode(),
    }.items():
        yield f"from {name}", b"From: " + sender + b"\nTo: bounces@paperpost.example\n" + BODY
        yield f"to {name}", b"From: a@b.example\nTo: " + sender + b"\nCc: " + sender + b"\n" + BODY


def _headers() -> Iterator[tuple[str, bytes]]:
    yield "100,000 recipients", b"To: a@b.example\n" * 100_000 + BODY
    yield "a field of 100,000 lines", HEAD + b"References:" + b" <a@b>\n" * 100_000 + BODY
    yield "nameless fields", b": x\n" * 300 + BODY
    yield "odd dates", HEAD + b"Date: Thu, 99 Foo 99999999 99:99:99 +9999\nDate: \xff\n" + BODY
    yield "a date beyond time", HEAD + b"Date: Mon, 1 Jan 0000 00:00:00 -2400\n" + BODY
    for text in (
        b"=?utf-8?b?w?=",
        b"=?utf-8?b?====?=",
        b"=?utf-8?b?\xff?=",
        b"=?utf-8?q?=?=",
        b"=?utf-8?z?a?=",
    ):
        for name in (b"Subject", b"From", b"Message-ID", b"In-Reply-To", b"Auto-Submitted", b"Precedence"):
            yield f"{name.decode()} {text!r}", name + b": " + text + b"\n" + HEAD + BODY
    yield "message ids", HEAD + b"References: " + b"<" * 9000 + b"\nIn-Reply-To: <a\0b@c>\n" + BODY
    yield "a message id of 8 bit", HEAD + b"In-Reply-To: <20260316.\xff@paperpost.example>\n" + BODY
    yield "an unsubscribe with NUL", HEAD + b"Subject: unsubscribe \0abc\n" + BODY
    yield "an unsubscribe of length", HEAD + b"Subject: unsubscribe " + b"a" * 9000 + b"\n" + BODY
    yield "an unsubscribe in 8 bit", HEAD + "Subject: unsubscribe ü👩\n".encode() + BODY


def _parts() -> Iterator[tuple[str, bytes]]:
    for depth in (60, 101, 300, 1500):
        yield f"{depth} mails in mails", HEAD + b"Content-Type: message/rfc822\n\n" * depth + BODY
        yield (
            f"{depth} multiparts",
            HEAD
            + b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
                for level in range(depth)
            ),
        )
    yield "a boundary of nothing", HEAD + b'Content-Type: multipart/mixed; boundary=""\n\n--\n--\n' * 3
    yield "no boundary", HEAD + b"Content-Type: multipart/mixed\n\n--b\n\nx\n"
    yield "10,000 parts", HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000
    yield (
        "a boundary of brackets",
        HEAD + b"Content-Type: multipart/mixed; boundary=" + b"(" * 5000 + b"\n\nx\n",
    )
    yield "parameters", HEAD + b"Content-Type: text/plain" + b"; a=b" * 2000 + b"\n" + BODY
    yield (
        "parameters in pieces",
        HEAD + b"Content-Type: text/plain; a*0*=x''y; a*1*=\xff; a*x=; a*99999999999=b\n" + BODY,
    )
    for encoding in (b"base64", b"x-uuencode", b"quoted-printable", b"\xff", b"base64; x"):
        kind = b"Content-Transfer-Encoding: " + encoding + b"\n"
        yield f"broken {encoding!r}", HEAD + kind + b"\nbegin 644 x\n=\xff=Z!!!\n====\n" + b"A" * 9999 + b"\n"


def _reports() -> Iterator[tuple[str, bytes]]:
    machine = HEAD.replace(b"mira", b"mailer-daemon")
    for name, field in {
        "a diagnostic with NUL": b"Final-Recipient: rfc822; a@b.example\n"
        b"Diagnostic-Code: smtp; 550 \0 \xff no\n",
        "a long recipient": b"Final-Recipient: rfc822; " + b"a" * 100_000 + b"@b.example\n",
        "100,000 recipients in it": b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n" * 30_000,
        "full-width digits": (
            "Status: ５.１.１\nAction: failed\nFinal-Recipient: rfc822; a@b.example\n"
        ).encode(),
        "half a pair": b"Final-Recipient: utf-8; \xed\xa0\xbd@b.example\nAction: failed\nStatus: 5.1.1\n",
        "no fields": b"\xff\xfe\0",
    }.items():
        yield f"a report of {name}", machine + STATUS % field
        yield f"prose of {name}", machine + b"Subject: Undelivered\n\n" + field
    yield (
        "a notice in JSON",
        machine + b'\n{"notificationType":"Bounce","bounce":{"diagnosticCode":"' + b"\\" * 9000,
    )
    yield (
        "a complaint without its mail",
        HEAD
        + (
            b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n"
            b"Content-Type: message/feedback-report\n\nFeedback-Type: \xff\0abuse\n"
            b"Original-Rcpt-To: \xff\n--b--\n"
        ),
    )
    yield (
        "a complaint of Microsoft",
        HEAD
        + b"Subject: complaint about message from 1.2.3.4\n"
        + (b"Content-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: " + b"a" * 9000 + b"\n\nx\n"),
    )
