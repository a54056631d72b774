"""Papers that a reader liked elsewhere: brought as a list or by an author's name, looked at, then counted.

Behind the link that was mailed for the reader's data. Looking at a list keeps nothing of it.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletter.references import UnreadableList
from newsletter.references.records import LONGEST_NAME
from newsletter.text.border import clean_line
from subscriptions import taste_import
from subscriptions.abuse import throttling
from subscriptions.models import ImportedLike, TasteImport
from subscriptions.taste_import import Survey, SurveyRow
from subscriptions.taste_import.wording import FAULTS, REFUSALS, STANDINGS
from subscriptions.web.pages import Visit, linked

AUTHORS_SHOWN = 3
BOXES = 500  # papers that are ticked one by one; a form of a longer list would have too many fields
COUNTED_AT_ONCE = 300  # papers; learning takes some 3 ms each, and the rest is done by a worker
_DONE = {
    "counted": _("These papers count from now on."),
    "nothing": _("There was nothing to count."),
    "taken-back": _("The list was removed, along with everything learned from it."),
}
_OFTEN_ENOUGH = _("You have reached today’s limit; please try again tomorrow.")
_NO_ORCID = _(
    "ORCID numbers are not looked up here. Enter a name, or export your works at orcid.org as BibTeX and "
    "import that file."
)
_ORCID = re.compile(r"(?:\d{4}-){3}\d{3}[\dXx]", re.ASCII)
_LONGEST_NUMBER = 18  # digits of a key
_States = ImportedLike.State


@linked("my-data")
def bring(visit: Visit) -> HttpResponse:
    """The forms; and, sent, what the list or the name means, as tick boxes. Nothing is kept."""
    if not visit.acts:
        return _forms(visit)
    if _ORCID.search(visit.request.POST.get("author", "")[:LONGEST_NAME]):
        return _forms(visit, problem=_NO_ORCID, status=422)
    if not throttling.admit_taste_import(reader=visit.reader.pk, now=visit.now):
        return _forms(visit, problem=_OFTEN_ENOUGH, status=429)
    try:
        survey = _survey(visit)
    except UnreadableList as error:
        return _forms(visit, problem=REFUSALS[error.kind], status=422)
    if survey is None:
        return _forms(visit, problem=_("Choose a file, paste a list, or enter a name."), status=422)
    if not survey.rows and not survey.faults:
        return _forms(visit, problem=_("There are no papers here by an author of this name."), status=422)
    return visit.page("import_survey", **_shown(survey))


def _survey(visit: Visit) -> Survey | None:
    """What was sent, understood; None for nothing."""
    post, file = visit.request.POST, visit.request.FILES.get("file")
    if name := clean_line(post.get("author", ""), longest=LONGEST_NAME):
        return taste_import.survey_author(visit.reader, name)
    data = file.read() if file else post.get("list", "").encode("utf-8", "replace")
    if not data.strip():
        return None
    return taste_import.survey(visit.reader, data)


def _shown(survey: Survey) -> dict[str, Any]:
    """The context of the page that shows what was understood."""
    offered = [_ShownRow(row) for row in survey.offered]
    return {
        "is_author": survey.kind == "author",
        "offered": offered[:BOXES],
        "together": offered[BOXES:],
        "others": [_ShownRow(row) for row in survey.rows if not row.is_offered],
        "faults": [(fault, FAULTS[fault.kind]) for fault in survey.faults],
    }


@dataclass(frozen=True, slots=True)
class _ShownRow:
    row: SurveyRow

    @property
    def authors(self) -> str:
        """The first names."""
        names = self.row.authors
        return ", ".join(names[:AUTHORS_SHOWN]) + (" …" if len(names) > AUTHORS_SHOWN else "")

    @property
    def meaning(self) -> Promise:
        """What was found of the entry, as a sentence."""
        return _("You have already voted on it") if self.row.vote else STANDINGS[self.row.standing]


def _forms(visit: Visit, *, problem: Promise | str = "", status: int = 200) -> HttpResponse:
    imports = TasteImport.objects.filter(subscriber=visit.reader).order_by("-at", "-pk")
    by_state = {state.value: Count("likes", filter=Q(likes__state=state)) for state in _States}
    return visit.page(
        "import",
        status=status,
        problem=problem,
        problem_field="author" if "author" in visit.request.POST else "file",
        done=_DONE.get(visit.request.GET.get("done", "")),
        imports=imports.annotate(**by_state),
        is_waited_for=imports.filter(likes__state=_States.WAITING).exists(),
    )


@linked("my-data")
def count(visit: Visit) -> HttpResponse:
    """Count the papers that were ticked as liked."""
    if not visit.acts:
        return redirect("import-taste", visit.token)
    if not throttling.admit_taste_import(reader=visit.reader.pk, now=visit.now):
        return _forms(visit, problem=_OFTEN_ENOUGH, status=429)
    ids = [arxiv_id for value in visit.request.POST.getlist("paper") for arxiv_id in value.split()]
    counts = taste_import.count(visit.reader, ids, now=visit.now, at_once=COUNTED_AT_ONCE)
    return _back(visit, "counted" if counts.total() else "nothing")


@linked("my-data")
def take_back(visit: Visit) -> HttpResponse:
    """Undo one list: exactly what it added."""
    number = visit.request.POST.get("import", "") if visit.acts else ""
    if not (number.isascii() and number.isdigit() and len(number) < _LONGEST_NUMBER):
        return redirect("import-taste", visit.token)
    taken = TasteImport.objects.filter(subscriber=visit.reader, pk=number).first()
    if taken is None:
        return redirect("import-taste", visit.token)
    taste_import.take_back(taken, now=visit.now)
    return _back(visit, "taken-back")


def _back(visit: Visit, done: str) -> HttpResponse:
    return redirect(f"{reverse('import-taste', args=[visit.token])}?done={done}#done")
