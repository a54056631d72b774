"""A paper by the id that an editor typed: from our rows, else from arXiv, asked politely.

The client of arXiv is imported when it is needed: every process loads the admin, and few ask arXiv.
"""

import re
from datetime import datetime

from newsletter.errors import InvalidInput
from newsletter.intake.papers import Collected, store
from newsletter.models import Paper

_ID = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]{1,20}(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?/?$")
LONGEST_INPUT = 200


def read_arxiv_id(text: str) -> str:
    """The versionless id in what was typed or pasted: ``2403.03206``, ``arXiv:2403.03206v2``, an address.

    Raises InvalidInput.
    """
    match = _ID.search(text.strip()[:LONGEST_INPUT])
    if match is None:
        raise InvalidInput(f"{text.strip()[:60]!r} is no arXiv id; write it as 2403.03206.")
    return match.group(1)


def find_paper(text: str, *, now: datetime) -> Paper:
    """The paper with the id in ``text``. Raises InvalidInput for an unknown one, and SourceError."""
    arxiv_id = read_arxiv_id(text)
    paper = Paper.objects.filter(arxiv_id=arxiv_id).first()
    if paper is None:
        from newsletter.sources.arxiv import Arxiv

        lookup = Arxiv().lookup([arxiv_id])
        if not lookup.papers:
            raise InvalidInput(f"arXiv knows no paper {arxiv_id}.")
        store(Collected(papers={record.arxiv_id: record for record in lookup.papers}), now=now)
        paper = Paper.objects.get(arxiv_id=lookup.papers[0].arxiv_id)
    if paper.is_withdrawn:
        raise InvalidInput(f"{arxiv_id} was withdrawn by its authors.")
    return paper
