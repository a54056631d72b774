"""Something is wrong with what is said of a paper: a reader's way to the desk, and everybody's.

Behind a reader's link the token is the proof. The public form is limited by network, has a field that only
programs fill in, and asks for the proof of work where the site asks for one. Who reports is not kept; an
author says so, and nobody can check it: it is shown as a claim.
"""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from newsletter.desk.reports import LONGEST_WORDS, Complaint, file_report
from newsletter.languages import LANGUAGES
from newsletter.models import Paper
from newsletter.models.reports import Reporter
from newsletter.rendering.evidence import ShownStatement, evidence_of
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.texts import clean
from newsletter.web.addresses import check_language
from newsletter.web.openness import public_paper
from newsletter.web.pages import speak
from subscriptions.abuse import proofs, throttling
from subscriptions.web.forms import UNPROVED, open_seconds, stamp, was_open_long_enough
from subscriptions.web.pages import Visit, linked, refuse
from subscriptions.web.way_back import way_back

SOMETHING_ELSE = "other"


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What was typed, and the statements to choose from. ``chosen`` is a statement's key, or other."""

    paper: Paper
    language: str
    statements: tuple[ShownStatement, ...]
    chosen: str = ""
    words: str = ""
    is_author: bool = False

    @property
    def problem(self) -> str:
        """What has to be put right before it can be filed; "" if nothing has."""
        if not self.chosen:
            return _("Please choose what is wrong.")
        if self.chosen != SOMETHING_ELSE and self.statement is None:
            return _("The summary has changed since this page was opened; please choose again.")
        if len(self.words) > LONGEST_WORDS:
            return _("Please write at most 1,000 characters.")
        if self.chosen == SOMETHING_ELSE and not self.words.strip():
            return _("Please say in a few words what is wrong.")
        return ""

    @property
    def statement(self) -> ShownStatement | None:
        """The statement that was chosen."""
        return next((each for each in self.statements if each.key == self.chosen), None)

    def complaint(self, by: Reporter) -> Complaint:
        """What is filed, of a form without a problem."""
        text = self.statement.text if self.statement is not None else ""
        return Complaint(self.language, text, self.words, by)

    def context(self) -> dict[str, Any]:
        """What the template shows."""
        spoken = LANGUAGES[self.language]
        return {
            "form": self,
            "paper": self.paper,
            "title": clean(self.paper.title),
            "spoken": spoken,
            "longest": LONGEST_WORDS,
        }


def _form(request: HttpRequest, paper: Paper, language: str) -> ReportForm:
    view = load_views({paper.pk}, language, also_withdrawn=True)[paper.pk]
    sent = request.POST
    return ReportForm(
        paper,
        language,
        evidence_of(view, paper.abstract).statements,
        chosen=sent.get("statement", "")[:40],
        words=sent.get("words", "").replace("\r\n", "\n")[: 4 * LONGEST_WORDS],
        is_author="author" in sent,
    )


@linked("vote")
def report_by_reader(visit: Visit) -> HttpResponse:
    """The form for a reader of the paper that ``?paper=ARXIV_ID`` names, and what its button does."""
    name = visit.request.GET.get("paper", "")[:32].replace("\0", "")
    try:
        paper = public_paper(visit.request, name)
    except Http404:
        return refuse(visit.request, "broken")
    form = _form(visit.request, paper, visit.reader.language)
    context = form.context()
    if not visit.acts:
        return visit.page("report", **context)
    if problem := form.problem:
        return visit.page("report", status=422, problem=problem, **context)
    if not throttling.admit_reader_report(reader=visit.reader.pk, now=visit.now):
        return visit.page("report", status=429, problem=_too_many(), **context)
    by = Reporter.AUTHOR if form.is_author else Reporter.READER
    file_report(paper, form.complaint(by), now=visit.now)
    return visit.page("reported", **context, **way_back(visit.reader, paper))


@require_http_methods(["GET", "HEAD", "POST"])
def report_by_visitor(request: HttpRequest, arxiv_id: str, language: str) -> HttpResponse:
    """The form for everybody who sees the paper's page, and what its button does."""
    return _answer(request, arxiv_id, language)


def show_once_more(request: HttpRequest, arxiv_id: str, language: str) -> HttpResponse:
    """The public form as it was typed, from a page whose cookie is gone."""
    message = _("This page was open for too long; please press the button again.")
    return _answer(request, arxiv_id, language, refusal=message)


def _answer(request: HttpRequest, arxiv_id: str, language: str, *, refusal: str = "") -> HttpResponse:
    check_language(language)
    speak(request, language)
    form = _form(request, public_paper(request, arxiv_id), language)
    problem, status = (refusal, 403) if refusal else _judge(request, form)
    context = form.context() | {
        "problem": problem,
        "is_public": True,
        "shown": stamp(timezone.now()),
        "asks_for_proof": proofs.is_asked_for(),
        "proof_seconds": proofs.MINUTES * 60 - 120,
    }
    template = "report" if problem or request.method != "POST" else "reported"
    answer = render(request, f"web/{template}.html", context, status=status)
    add_never_cache_headers(answer)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _judge(request: HttpRequest, form: ReportForm) -> tuple[str, int]:
    """File what was posted; else what keeps it from being filed, and the status that says so."""
    if request.method != "POST":
        return "", 200
    now = timezone.now()
    sent = request.POST
    if problem := form.problem:
        return problem, 422
    if not was_open_long_enough(open_seconds(sent.get("shown", ""), now=now)):
        return _("Everything is fine; please press the button again."), 422
    if sent.get("website"):
        return "", 200  # a program learns nothing
    if not throttling.admit_report(ip=throttling.client_ip(request), now=now):
        return _too_many(), 429
    if proofs.is_asked_for() and not _spend_proof(sent.get("altcha", "")):
        return str(UNPROVED), 422
    by = Reporter.AUTHOR if form.is_author else Reporter.VISITOR
    file_report(form.paper, form.complaint(by), now=now)
    return "", 200


def _spend_proof(answer: str) -> bool:
    return proofs.is_solved(answer) and proofs.spend(answer)


def _too_many() -> str:
    return _("That was a lot of reports; please try again later.")
