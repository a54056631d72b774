"""A summary's page: its text beside the paper's, and the form to edit it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from typing_extensions import override

from newsletter.admin.shared import (
    LanguageFilter,
    OwnPageAdmin,
    UncountedAdmin,
    attempt,
    back_to,
    note,
    number,
    posted_number,
    require_permission,
    settle_draft,
)
from newsletter.desk import corrections, drafts, wording
from newsletter.desk.evidence import compared, marked, singled_out
from newsletter.languages import LANGUAGES
from newsletter.models import Summary, SummaryAttempt
from newsletter.records import MOST_TAKEAWAYS, SummaryDraft, Takeaway
from newsletter.text.readable import readable

ATTEMPTS_SHOWN = 10


class WordingForm(forms.Form):
    """What an editor may write. Takeaways come as ``text-N`` and ``evidence-N``, empty ones do not count."""

    title = forms.CharField(required=False, max_length=wording.LONGEST)
    sentence = forms.CharField(max_length=wording.LONGEST)
    keywords = forms.CharField(required=False, max_length=wording.LONGEST)

    def draft(self) -> SummaryDraft:
        """What was typed, also where the form is not valid, so that it can be shown again."""
        values = {name: self.data.get(name, "") for name in self.fields} | self.cleaned_data
        points = [
            Takeaway(" ".join(text.split()), " ".join(str(self.data.get(f"evidence-{at}", "")).split()))
            for at in range(1, MOST_TAKEAWAYS + 1)
            if (text := str(self.data.get(f"text-{at}", ""))).strip()
        ]
        words = tuple(word.strip() for word in values["keywords"].split(",") if word.strip())
        return SummaryDraft(
            sentence=" ".join(values["sentence"].split()),
            takeaways=tuple(points),
            title=" ".join(values["title"].split()),
            keywords=words,
        )


@admin.register(Summary)
class SummaryAdmin(OwnPageAdmin, UncountedAdmin):
    """The list of summaries, and a page for each on which it is compared, edited or asked for again."""

    list_display = ("paper", "language", "state", "author", "written_at", "reason")
    list_filter = ("state", LanguageFilter, "author")
    search_fields = ("paper__arxiv_id",)
    search_help_text = "an arXiv id"
    list_select_related = ("paper",)
    ordering = ("-pk",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/act/", wrap(self.act), name="newsletter_summary_act"), *super().get_urls()]

    @override
    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        summary = get_object_or_404(Summary.objects.select_related("paper"), pk=pk)
        return TemplateResponse(request, "admin/desk/summary.html", self._context(request, summary))

    def _context(self, request: HttpRequest, summary: Summary) -> dict[str, Any]:
        draft, refused = summary.draft, None
        if not draft.sentence and (answer := wording.last_answer(summary)) is not None:
            refused, draft = answer  # shown as it is: editing it is faster than starting with an empty form
        language = LANGUAGES.get(summary.language)
        return {
            **self.admin_site.each_context(request),
            "title": f"{summary.paper.arxiv_id} in {language.own_name}" if language else str(summary),
            "opts": self.opts,
            "summary": summary,
            "spoken": language,
            "question": wording.question(summary) if language else (),
            "attempts": summary.attempts.order_by("-pk")[:ATTEMPTS_SHOWN],
            "others": Summary.objects.filter(paper=summary.paper).exclude(pk=summary.pk).order_by("language"),
            "may_change": request.user.has_perm("newsletter.change_summary"),
            "seen": summary.written_at.isoformat() if summary.written_at else "",
            **_comparison_with_source(summary, draft, refused=refused),
            **_form_context(request, summary, draft),
            **_versions_context(request, summary, draft),
        }

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save the editor's words, release an answer that was refused, or ask the model again."""
        require_permission(request, "newsletter.change_summary")
        summary = get_object_or_404(Summary, pk=pk)
        now, name = timezone.now(), request.POST.get("act", "")
        if name == "again":
            hint = request.POST.get("hint", "")
            message = "The model is asked again with the next run; until then readers get the extract."
            is_done = attempt(request, lambda: wording.ask_again(pk, hint=hint, at=now), message)
            entry = f"asked the model again: {hint}".strip(": ")
        elif name == "release":
            number = posted_number(request, "attempt")
            get_object_or_404(summary.attempts, pk=number)
            is_done = attempt(
                request,
                lambda: wording.release(pk, by=request.user, at=now, attempt_id=number),
                "Released as your version.",
            )
            entry = f"released answer {number}"
        else:
            is_done, entry = self._save(request, summary), "wrote it"
        is_correction = is_done and name == "save" and bool(request.POST.get("correction"))
        if is_correction:
            entry = "wrote it, and marked it as a correction"
            is_correction = attempt(
                request,
                lambda: corrections.draft_from_last_change(
                    summary.paper_id, summary.language, by=request.user, at=now
                ),
                "Say what was wrong and what is right, and confirm it: nobody has been told yet.",
            )
        if is_done:
            note(request, summary, entry)
        page_path = reverse("admin:newsletter_summary_change", args=[pk])
        settle_draft(request, page_path, saved=_saved_by(name), done=is_done)
        if is_correction:
            return back_to("subscriptions_delivery_correction", summary.paper_id)
        if is_done or name in ("again", "release"):
            return back_to("newsletter_summary_change", pk)
        summary = get_object_or_404(Summary.objects.select_related("paper"), pk=pk)
        context = self._context(request, summary)
        return TemplateResponse(request, "admin/desk/summary.html", context, status=409)

    def _save(self, request: HttpRequest, summary: Summary) -> bool:
        """Save what was typed, unless it is no summary or somebody else saved meanwhile."""
        form = WordingForm(request.POST)
        if not form.is_valid():
            messages.error(request, "A summary needs its sentence, and no field may be longer than a page.")
            return False
        expected_version = (
            summary.written_at if request.POST.get("seen", "") == _moment(summary) else timezone.now()
        )
        findings: list[Any] = []

        def save() -> str:
            findings.extend(
                wording.write(
                    summary.pk, form.draft(), by=request.user, at=timezone.now(), seen=expected_version
                )
            )
            return "Saved as your version; no model will overwrite it."

        if not attempt(request, save):
            return False
        for each in findings[:5]:
            messages.warning(request, f"{each.check}, {each.field}: {each.message} {', '.join(each.words)}")
        return True


def _comparison_with_source(
    summary: Summary, draft: SummaryDraft, *, refused: SummaryAttempt | None
) -> dict[str, Any]:
    """The draft beside the abstract: what each takeaway rests on, and what the checks complained of.

    ``refused`` is the attempt that the draft comes from, if it was refused.
    """
    judged = refused or summary.attempts.order_by("-pk").first()
    findings = [each for each in (judged.findings if judged else ()) if each.get("verdict") != "passed"]
    wrong = [word for each in findings for word in each.get("words", ())] if refused else []
    segments, in_source = marked(
        readable(summary.paper.abstract), [readable(point.evidence) for point in draft.takeaways]
    )
    points = [
        {
            "number": number,
            "text": point.text,
            "evidence": point.evidence,
            "is_in_source": number in in_source,
            "pieces": singled_out(point.text, wrong),
        }
        for number, point in enumerate(draft.takeaways, 1)
    ]
    return {
        "draft": draft,
        "refused": refused,
        "sentence": singled_out(draft.sentence, wrong),
        "findings": findings,
        "passed_count": len(judged.findings) - len(findings) if judged else 0,
        "source_title": readable(summary.paper.title),
        "segments": segments,
        "points": points,
    }


def _form_context(request: HttpRequest, summary: Summary, draft: SummaryDraft) -> dict[str, Any]:
    """The form: the user's unsaved text where there is some, else the draft's."""
    page_path = reverse("admin:newsletter_summary_change", args=[summary.pk])
    saved = _as_fields(draft)
    typed = drafts.unsaved(request.user, page_path, saved, now=timezone.now())
    typed_wording = {name: text for name, text in typed.items() if name != "hint"}
    bound = WordingForm({**saved, **typed_wording})
    bound.is_valid()
    form = bound.draft()
    rows = [
        {"number": number, "text": point.text, "evidence": point.evidence}
        for number, point in enumerate(form.takeaways, 1)
    ]
    empty = range(len(rows) + 1, MOST_TAKEAWAYS + 1)
    return {
        "form": form,
        "rows": [*rows, *({"number": number, "text": "", "evidence": ""} for number in empty)],
        "typed": bool(typed),
        "typed_wording": bool(typed_wording),
        "typed_hint": typed.get("hint", ""),
        "draft_page": page_path,
        "shown": drafts.fingerprint({**saved, **typed}),
    }


def _versions_context(request: HttpRequest, summary: Summary, draft: SummaryDraft) -> dict[str, Any]:
    """All wordings, and the comparison with the one that the address chooses."""
    versions = wording.versions(summary)
    chosen = number(request.GET.get("compare", ""), otherwise=len(versions))
    other = versions[chosen] if chosen < len(versions) else None
    return {
        "versions": list(enumerate(versions)),
        "other": other,
        "comparison": compared(_as_text(other.draft), _as_text(draft)) if other and other.draft else None,
    }


def _saved_by(act: str) -> Callable[[str], bool]:
    """Whether the button ``act`` saves the field of a name."""
    if act == "again":
        return lambda name: name == "hint"
    return lambda name: act != "release" and name != "hint"


def _as_fields(draft: SummaryDraft) -> dict[str, str]:
    """A summary as the fields of the page hold it; those of the hint and of takeaways to come are empty."""
    fields = {
        "hint": "",
        "title": draft.title,
        "sentence": draft.sentence,
        "keywords": ", ".join(draft.keywords),
    }
    for at in range(1, MOST_TAKEAWAYS + 1):
        point = draft.takeaways[at - 1] if at <= len(draft.takeaways) else Takeaway("", "")
        fields |= {f"text-{at}": point.text, f"evidence-{at}": point.evidence}
    return fields


def _moment(summary: Summary) -> str:
    return summary.written_at.isoformat() if summary.written_at else ""


def _as_text(draft: SummaryDraft) -> str:
    return "\n".join([draft.title, draft.sentence, *(point.text for point in draft.takeaways)])
