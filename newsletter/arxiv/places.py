"""Where in the paper something stands, as an address that a reader can follow. Pure."""

import re

ARXIV = "https://arxiv.org"


def place(arxiv_id: str, version: int, *, origin: str, anchor: str = "") -> str:
    """The address on arXiv of an anchor: a fragment of the HTML, a page of the PDF, the abstract page.

    Readers are sent to arXiv itself, whatever mirror the text was read from.
    """
    name = f"{arxiv_id}v{version}"
    if origin == "html":
        return f"{ARXIV}/html/{name}#{anchor}" if anchor else f"{ARXIV}/html/{name}"
    if origin == "pdf":
        page = re.match(r"p(\d+)\.", anchor)
        return f"{ARXIV}/pdf/{name}#page={page[1]}" if page else f"{ARXIV}/pdf/{name}"
    return f"{ARXIV}/abs/{name}"
