"""After a vote for less: fewer papers of this topic, author or category.

The link stands in every digest: by it a wish can be made and taken back, and nothing is shown of others.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from newsletter.features.names import author_key
from newsletter.models import Entry, Paper
from newsletter.rendering.texts import clean
from newsletter.web.pages import page_language
from subscriptions.models import Subscriber, TasteOverride
from subscriptions.readers import tastes
from subscriptions.readers.tastes import Subject
from subscriptions.web.pages import Visit, linked, refuse
from subscriptions.web.saved import paper_of
from subscriptions.web.way_back import way_back

FIRST_AUTHORS, LAST_AUTHORS = 3, 1
MOST_CATEGORIES = 4

Kind = TasteOverride.Kind
_HEADINGS: Mapping[str, Any] = {
    Kind.TOPIC.value: _("This topic"),
    Kind.AUTHOR.value: _("This author"),
    Kind.CATEGORY.value: _("This category"),
}


def subjects_of(reader: Subscriber, paper: Paper) -> dict[str, Subject]:
    """What the reader may want fewer of because of ``paper``, by its name in a form (``topic:7``).

    The topics are those followed in whose editions the paper stands. Of a long list of authors only the
    first and the last.
    """
    topics = reader.topics.active().filter(
        pk__in=Entry.objects.filter(paper=paper, is_hidden=False).values("edition__topic")
    )
    authors = paper.authors
    if len(authors) > FIRST_AUTHORS + LAST_AUTHORS:
        authors = [*authors[:FIRST_AUTHORS], *authors[-LAST_AUTHORS:]]
    subjects = [
        *(Subject(Kind.TOPIC.value, str(topic.pk), topic.name_in(page_language())) for topic in topics),
        *(Subject(Kind.AUTHOR.value, str(key), clean(name)) for name in authors if (key := author_key(name))),
        *(Subject(Kind.CATEGORY.value, each, each) for each in paper.categories[:MOST_CATEGORIES]),
    ]
    return {f"{subject.kind}:{subject.key}": subject for subject in subjects}


def fewer_context(reader: Subscriber, paper: Paper, value: str) -> dict[str, Any]:
    """What the page after a vote offers: after "less", the subjects under the name of their kind."""
    by_kind: dict[str, list[tuple[str, Subject]]] = {}
    if value == "-1":
        for name, subject in subjects_of(reader, paper).items():
            by_kind.setdefault(subject.kind, []).append((name, subject))
    return {"fewer_groups": [(_HEADINGS[kind], subjects) for kind, subjects in by_kind.items()]}


@linked("vote")
def fewer(visit: Visit) -> HttpResponse:
    """Want fewer of ``what``, or with ``undo`` no longer; ``?paper=ARXIV_ID`` says of which paper."""
    paper = paper_of(visit)
    if paper is None:
        return refuse(visit.request, "broken")
    if not visit.acts:
        query = urlencode({"paper": paper.arxiv_id, "value": "-1"})
        return redirect(f"{reverse('vote', args=[visit.token])}?{query}")
    name = visit.request.POST.get("what", "")
    subject = subjects_of(visit.reader, paper).get(name)
    if subject is None:
        return refuse(visit.request, "broken")
    is_undone = "undo" in visit.request.POST
    if is_undone:
        _take_back(visit, subject)
    else:
        tastes.want_fewer(visit.reader, subject, now=visit.now)
    return visit.page(
        "fewer",
        paper=paper,
        subject=subject,
        name=name,
        is_undone=is_undone,
        **way_back(visit.reader, paper),
    )


def _take_back(visit: Visit, subject: Subject) -> None:
    override = TasteOverride.objects.filter(
        subscriber=visit.reader,
        kind=subject.kind,
        key=subject.key,
        stance=TasteOverride.Stance.FEWER,
    ).first()
    if override is not None:
        tastes.lift(visit.reader, override, now=visit.now)
