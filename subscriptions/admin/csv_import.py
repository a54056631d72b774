"""Import and export of readers at the desk; an import can be rehearsed.

Both go through :mod:`subscriptions.csv_import`, as the commands do: whoever is suppressed stays out, nobody
known is changed, the source of the consent is kept. An uploaded list is read once and kept nowhere. That is
why this is not django-import-export, which keeps the list in a temporary file, where no erasure looks, and
writes a log entry for each reader.
"""

import csv
import io
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from lib.csv_cells import escape_row
from newsletter.admin.shared import note, require_permission
from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGE_CHOICES
from subscriptions.csv_import import (
    KINDS,
    Answers,
    LineVerdict,
    Question,
    UnknownMeaning,
    export_rows,
    import_rows,
    open_table,
    read_answer,
    read_slugs,
    survey,
)
from subscriptions.models import Subscriber
from subscriptions.readers.clock import zone_named
from subscriptions.readers.wishes import Wishes

PERMISSIONS = ("subscriptions.see_addresses", "subscriptions.export_subscribers")
# Bytes: some 25,000 lines, in less time than a web server waits, and never spooled to a disk on the way in.
# The command takes any.
LARGEST = 2_000_000
SHOWN = 500  # lines on the page; the report has all


class ImportForm(forms.Form):
    """A list, where its people agreed, and what holds for lines that do not say it themselves."""

    file = forms.FileField()
    source = forms.CharField(max_length=200)
    topics = forms.CharField(required=False, max_length=2000)
    language = forms.ChoiceField(choices=LANGUAGE_CHOICES, initial="en")
    time_zone = forms.CharField(max_length=64, initial="UTC")
    all_left = forms.BooleanField(required=False)
    treat = forms.CharField(required=False, max_length=10_000)

    def clean_treat(self) -> Answers:
        """What unknown values mean, ``COLUMN=VALUE:active|left`` a line, and what the page asked for."""
        try:
            return dict(read_answer(line) for line in self.answered() if line.strip())
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error

    def answered(self) -> list[str]:
        """The lines of the field and the answers chosen beside questions."""
        chosen = self.data.getlist("answer") if hasattr(self.data, "getlist") else []
        lines = [*str(self.data.get("treat", "")).splitlines(), *chosen]
        return [re.sub(r"[\r\n]+", " ", line) for line in lines if line.strip()]

    def clean_file(self) -> "UploadedFile[Any]":
        """The uploaded list; refused above :data:`LARGEST` bytes."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(
                f"The file is larger than {LARGEST:,} bytes; manage.py import_subscribers takes any."
            )
        return file

    def clean_topics(self) -> tuple[str, ...]:
        """The slugs of topics for lines that name none."""
        try:
            return read_slugs(self.cleaned_data["topics"])
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error

    def clean_time_zone(self) -> str:
        """The zone for lines that name none, as the zone database writes it."""
        try:
            return zone_named(self.cleaned_data["time_zone"]).key
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error

    def defaults(self) -> Wishes:
        """What a line that says nothing wishes for."""
        data = self.cleaned_data
        return Wishes(topics=data["topics"], language=data["language"], time_zone=data["time_zone"])


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became, or would become, of each line."""

    verdicts: tuple[LineVerdict, ...]
    is_dry_run: bool

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many lines of each kind."""
        by_kind = Counter(verdict.kind for verdict in self.verdicts)
        return [(kind, by_kind[kind]) for kind in KINDS]

    @property
    def shown(self) -> list[LineVerdict]:
        """The first lines that were not simply imported."""
        return [verdict for verdict in self.verdicts if verdict.kind != "imported"][:SHOWN]


def page(request: HttpRequest, site: Any) -> HttpResponse:
    """The form; posted, a rehearsal with its report, the report as a file, or the import itself."""
    for permission in PERMISSIONS:
        require_permission(request, permission)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    questions: tuple[Question, ...] = ()
    report = None
    if form.is_bound and form.is_valid():
        try:
            report = _import_report(request, form)
        except UnknownMeaning as error:
            questions = error.questions
            form.add_error("file", "Nothing was imported yet: answer below, and choose the file again.")
    if report is not None and request.POST.get("act") == "report":
        return _report(report)
    context = {
        **site.each_context(request),
        "title": "Import and export readers",
        "form": form,
        "report": report,
        "questions": questions,
        "answered": "\n".join(form.answered()) if form.is_bound else "",
        "shown": SHOWN,
    }
    status = 422 if form.is_bound and form.errors else 200
    return TemplateResponse(request, "admin/desk/csv_import.html", context, status=status)


def _import_report(request: HttpRequest, form: ImportForm) -> ImportReport | None:
    is_dry_run = request.POST.get("act") != "import"
    source = form.cleaned_data["source"]
    try:
        # A rehearsal is the import itself, rolled back; and an import stores the whole list or nothing of it.
        with transaction.atomic():
            verdicts = _verdicts(form)
            transaction.set_rollback(is_dry_run)
    except UnknownMeaning:
        raise
    except InvalidInput as error:
        form.add_error("file", f"{error.message} Nothing was imported.")
    else:
        report = ImportReport(verdicts, is_dry_run)
        if not is_dry_run:
            note(
                request,
                Subscriber,
                f"imported {dict(report.counts)['imported']} readers; source: {source}",
                name="readers",
            )
        return report
    return None


def _verdicts(form: ImportForm) -> tuple[LineVerdict, ...]:
    data = form.cleaned_data
    table = open_table(data["file"])
    plan = survey(table, answers=data["treat"], all_left=data["all_left"], name=data["file"].name or "")
    return tuple(
        import_rows(table, plan, source=data["source"], defaults=form.defaults(), now=timezone.now())
    )


def _report(report: ImportReport) -> HttpResponse:
    """The verdict on each line as CSV."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="report.csv"'
    table = csv.writer(answer)
    table.writerow(("line", "verdict", "reason"))
    table.writerows(escape_row((verdict.line, verdict.kind, verdict.reason)) for verdict in report.verdicts)
    return answer


def export(request: HttpRequest) -> FileResponse:
    """All readers as CSV that the import reads again. A POST, because it is logged."""
    for permission in PERMISSIONS:
        require_permission(request, permission)
    spooled = tempfile.SpooledTemporaryFile(max_size=8_000_000)  # noqa: SIM115 - the answer closes it
    text = io.TextIOWrapper(spooled, encoding="utf-8", newline="", write_through=True)
    count = export_rows(text, progress=lambda _: None)
    text.detach()
    spooled.seek(0)
    note(request, Subscriber, f"exported {count} readers", name="readers")
    return FileResponse(
        spooled, as_attachment=True, filename="readers.csv", content_type="text/csv; charset=utf-8"
    )
