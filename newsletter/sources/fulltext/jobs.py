"""What runs in the sandbox: a file's bytes in, a document as JSON out."""

from typing import Any


def read_html_file(data: bytes, *, url: str) -> dict[str, Any]:
    """:func:`html.read_html` for another process."""
    from newsletter.sources.fulltext.html import read_html

    return read_html(data, url=url).to_json()


def read_pdf_file(data: bytes, *, url: str) -> dict[str, Any]:
    """:func:`pdf.read_pdf` for another process."""
    from newsletter.sources.fulltext.pdf import read_pdf

    return read_pdf(data, url=url).to_json()
