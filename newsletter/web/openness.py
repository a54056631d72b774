"""Which papers have public pages: an editor who hides one in all its editions takes the pages back."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from newsletter.models import Edition, Entry, Paper


def public_paper(arxiv_id: str) -> Paper:
    """The paper with public pages; 404 for one that editors have hidden wherever an edition has it."""
    paper = get_object_or_404(Paper, arxiv_id=arxiv_id)
    ready = (Edition.State.APPROVED, Edition.State.FROZEN)
    entries = list(Entry.objects.filter(paper=paper).values_list("is_hidden", "edition__state"))
    is_shown = any(not is_hidden and state in ready for is_hidden, state in entries)
    if not is_shown and any(is_hidden for is_hidden, _state in entries):
        raise Http404
    return paper
