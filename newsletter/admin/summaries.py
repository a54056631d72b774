"""A summary's page: what it says beside what the paper says, and the editor's pen."""

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

from newsletter.admin.shared import (
    LanguageFilter,
    LongList,
    OwnPage,
    attempt,
    back_to,
    must,
    note,
    number,
    whole,
)
from newsletter.desk import drafts, wording
from newsletter.desk.evidence import compared, marked, singled_out
from newsletter.languages import LANGUAGES
from newsletter.models import Summary
from newsletter.readable import readable
from newsletter.records import SummaryDraft, Takeaway

ATTEMPTS_SHOWN = 10


class WordingForm(forms.Form):
    """What an editor may write. Takeaways come as ``text-N`` and ``evidence-N``, empty ones do not count."""

    title = forms.CharField(required=False, max_length=wording.LONGEST)
    sentence = forms.CharField(max_length=wording.LONGEST)
    keywords = forms.CharField(required=False, max_length=wording.LONGEST)

    def draft(self) -> SummaryDraft:
        """What was typed, also where the form is not valid: nothing that somebody wrote is lost."""
        given = {name: self.data.get(name, "") for name in self.fields} | self.cleaned_data
        points = [
            Takeaway(" ".join(text.split()), " ".join(str(self.data.get(f"evidence-{at}", "")).split()))
            for at in range(1, wording.MOST_TAKEAWAYS + 1)
            if (text := str(self.data.get(f"text-{at}", ""))).strip()
        ]
        words = tuple(word.strip() for word in given["keywords"].split(",") if word.strip())
        return SummaryDraft(
            sentence=" ".join(given["sentence"].split()),
            takeaways=tuple(points),
            title=" ".join(given["title"].split()),
            keywords=words,
        )


@admin.register(Summary)
class SummaryAdmin(OwnPage, LongList):
    list_display = ("paper", "language", "state", "author", "written_at", "reason")
    list_filter = ("state", LanguageFilter, "author")
    search_fields = ("paper__arxiv_id",)
    search_help_text = "an arXiv id"
    list_select_related = ("paper",)
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/act/", wrap(self.act), name="newsletter_summary_act"), *super().get_urls()]

    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        summary = get_object_or_404(Summary.objects.select_related("paper"), pk=pk)
        return TemplateResponse(request, "admin/desk/summary.html", self._context(request, summary))

    def _context(
        self, request: HttpRequest, summary: Summary, *, typed: SummaryDraft | None = None
    ) -> dict[str, Any]:
        draft = summary.draft
        refused = wording.last_answer(summary) if not draft.sentence else None
        if refused is not None:  # shown as what it is: the editor repairs it sooner than an empty form
            draft = refused[1]
        judged = refused[0] if refused else summary.attempts.order_by("-pk").first()
        findings = [each for each in (judged.findings if judged else ()) if each.get("verdict") != "passed"]
        wrong = [word for each in findings for word in each.get("words", ())] if refused else []
        segments, found = marked(
            readable(summary.paper.abstract), [readable(point.evidence) for point in draft.takeaways]
        )
        points = [
            {
                "number": number,
                "text": point.text,
                "evidence": point.evidence,
                "found": number in found,
                "pieces": singled_out(point.text, wrong),
            }
            for number, point in enumerate(draft.takeaways, 1)
        ]
        where = reverse("admin:newsletter_summary_change", args=[summary.pk])
        kept = drafts.find(request.user, where, now=timezone.now())
        if typed is None and "sentence" in kept:
            given = WordingForm(kept)
            given.is_valid()
            typed = given.draft()
        form = typed or draft
        rows = [
            {"number": number, "text": point.text, "evidence": point.evidence}
            for number, point in enumerate(form.takeaways, 1)
        ]
        empty = range(len(rows) + 1, wording.MOST_TAKEAWAYS + 1)
        versions = wording.versions(summary)
        chosen = number(request.GET.get("compare", ""), otherwise=len(versions))
        other = versions[chosen] if chosen < len(versions) else None
        return {
            **self.admin_site.each_context(request),
            "title": f"{summary.paper.arxiv_id} in {LANGUAGES[summary.language].own_name}"
            if summary.language in LANGUAGES
            else str(summary),
            "opts": self.opts,
            "summary": summary,
            "draft": draft,
            "sentence": singled_out(draft.sentence, wrong),
            "refused": refused[0] if refused else None,
            "question": wording.question(summary) if summary.language in LANGUAGES else (),
            "findings": findings,
            "passed_count": len(judged.findings) - len(findings) if judged else 0,
            "spoken": LANGUAGES.get(summary.language),
            "source_title": readable(summary.paper.title),
            "segments": segments,
            "points": points,
            "form": form,
            "typed": typed is not None,
            "typed_hint": kept.get("hint", ""),
            "draft_page": where,
            "rows": [*rows, *({"number": number, "text": "", "evidence": ""} for number in empty)],
            "attempts": summary.attempts.order_by("-pk")[:ATTEMPTS_SHOWN],
            "versions": list(enumerate(versions)),
            "other": other,
            "comparison": compared(_as_text(other.draft), _as_text(draft)) if other and other.draft else None,
            "others": Summary.objects.filter(paper=summary.paper).exclude(pk=summary.pk).order_by("language"),
            "may_change": request.user.has_perm("newsletter.change_summary"),
            "seen": summary.written_at.isoformat() if summary.written_at else "",
        }

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save the editor's words, release an answer that was refused, or ask the model again."""
        must(request, "newsletter.change_summary")
        summary = get_object_or_404(Summary, pk=pk)
        now, name = timezone.now(), request.POST.get("act", "")
        if name == "again":
            hint = request.POST.get("hint", "")
            done = "The model is asked again with the next run; until then readers get the extract."
            if attempt(request, lambda: wording.ask_again(pk, hint=hint, at=now), done):
                note(request, summary, f"asked the model again: {hint}".strip(": "))
                drafts.drop(request.user, reverse("admin:newsletter_summary_change", args=[pk]))
        elif name == "release":
            number = whole(request, "attempt")
            get_object_or_404(summary.attempts, pk=number)
            done = "Released as your version."
            if attempt(
                request, lambda: wording.release(pk, by=request.user, at=now, attempt_id=number), done
            ):
                note(request, summary, f"released answer {number}")
        else:
            typed = self._save(request, summary)
            if typed is not None:
                summary = get_object_or_404(Summary.objects.select_related("paper"), pk=pk)
                context = self._context(request, summary, typed=typed)
                return TemplateResponse(request, "admin/desk/summary.html", context, status=409)
        return back_to("newsletter_summary_change", pk)

    def _save(self, request: HttpRequest, summary: Summary) -> SummaryDraft | None:
        """Save what was typed; what could not be saved is returned, to be shown and sent again."""
        form = WordingForm(request.POST)
        if not form.is_valid():
            messages.error(request, "A summary needs its sentence, and no field may be longer than a page.")
            return form.draft()
        seen = summary.written_at if request.POST.get("seen", "") == _moment(summary) else timezone.now()
        found: list[Any] = []

        def save() -> str:
            found.extend(
                wording.write(summary.pk, form.draft(), by=request.user, at=timezone.now(), seen=seen)
            )
            return "Saved as your version; no model will overwrite it."

        if not attempt(request, save):
            where = reverse("admin:newsletter_summary_change", args=[summary.pk])
            drafts.keep(request.user, where, request.POST.dict(), now=timezone.now())
            return form.draft()
        note(request, summary, "wrote it")
        drafts.drop(request.user, reverse("admin:newsletter_summary_change", args=[summary.pk]))
        for each in found[:5]:
            messages.warning(request, f"{each.check}, {each.field}: {each.message} {', '.join(each.words)}")
        return None


def _moment(summary: Summary) -> str:
    return summary.written_at.isoformat() if summary.written_at else ""


def _as_text(draft: SummaryDraft) -> str:
    return "\n".join([draft.title, draft.sentence, *(point.text for point in draft.takeaways)])
