"""All that is public of one paper, as the API gives it."""

import json
from collections.abc import Mapping, Sequence

from django.conf import settings

from newsletter.api import shapes
from newsletter.api.papers import Places, author_of, facts_of, page_url, places_of
from newsletter.archive.public import public_papers
from newsletter.models import Correction, Paper, PaperVersion, Summary
from newsletter.rendering.citations import Citation, write_bibtex, write_csl, write_ris
from newsletter.rendering.evidence import ShownStatement, evidence_of
from newsletter.rendering.paper_rows import PaperRows
from newsletter.rendering.papers import PaperView
from newsletter.rendering.texts import clean, web_url

ORIGINAL = "en"
MOST_CORRECTIONS = 100


def public_paper(arxiv_id: str, language: str) -> shapes.Paper | None:
    """The paper with its summaries in ``language``, or in all if it is empty; None if it is not public.

    Ten queries.
    """
    row = public_papers().filter(arxiv_id=arxiv_id).first()
    if row is None:
        return None
    summaries = {each.language: each for each in Summary.objects.shown().filter(paper=row)}
    places = places_of([row.pk])[row.pk]
    views = _views(row, [language] if language else places.languages or [ORIGINAL])
    first = views[0]
    return shapes.Paper(
        **facts_of(row, first, places),
        abstract=clean(row.abstract),
        comment=clean(row.comment),
        doi=clean(row.doi),
        journal_ref=clean(row.journal_ref),
        licence=web_url(row.licence),
        organisation=first.organisation,
        votes=row.votes,
        is_withdrawn=row.is_withdrawn,
        summaries=[_summary(view, row, summaries) for view in views],
        appearances=_appearances(places),
        versions=_versions(row),
        corrections=_corrections(row, language),
        links=_links(row, first),
        citation=_citation(row),
    )


def _views(row: Paper, languages: Sequence[str]) -> list[PaperView]:
    rows = PaperRows(also_withdrawn=True)
    rows.read_papers({row.pk}, languages)
    views = [rows.view(row.pk, language, site_url=settings.SITE_URL) for language in languages]
    return [view for view in views if view is not None]


def _summary(view: PaperView, row: Paper, summaries: Mapping[str, Summary]) -> shapes.Summary:
    evidence = evidence_of(view, row.abstract)
    stored = summaries.get(view.language)
    checked = view.checked
    return shapes.Summary(
        language=view.summary_language.code,
        author=author_of(view),
        title=view.translated_title or None,
        sentence=_statement(evidence.sentence),
        takeaways=[_statement(point) for point in evidence.points],
        consequence=_statement(evidence.consequence) if evidence.consequence else None,
        checked=shapes.Checked(statements=checked.statements, numbers=checked.numbers) if checked else None,
        paper_version=stored.paper_version if stored else row.version,
        is_outdated=stored.is_outdated if stored else False,
        revision=max(stored.revision, 1) if stored else 1,
        written_at=stored.written_at if stored else None,
    )


def _statement(shown: ShownStatement) -> shapes.Statement:
    return shapes.Statement(
        text=shown.text, quotations=list(shown.quotations), rests_on_whole=shown.rests_on_whole
    )


def _appearances(places: Places) -> list[shapes.Appearance]:
    return [
        shapes.Appearance(day=day, topic=topic, url=f"{settings.SITE_URL}/archive/{day:%F}/en/?topic={topic}")
        for day, topic in places.editions
    ]


def _versions(row: Paper) -> list[shapes.Version]:
    return [
        shapes.Version(
            version=each.version,
            title=clean(each.title),
            updated_at=each.updated_at,
            is_notable=each.is_notable,
        )
        for each in PaperVersion.objects.filter(paper=row).order_by("version")
    ]


def _corrections(row: Paper, language: str) -> list[shapes.Correction]:
    told = Correction.objects.public().filter(paper=row, **({"language": language} if language else {}))
    return [
        shapes.Correction(
            language=each.language,
            kind="recall" if each.kind == Correction.Kind.RECALL else "statement",
            was=clean(each.old),
            right=clean(each.right),
            corrected_at=each.confirmed_at,
        )
        for each in told.order_by("-confirmed_at", "-pk")[:MOST_CORRECTIONS]
    ]


def _links(row: Paper, view: PaperView) -> list[shapes.Link]:
    links = [shapes.Link(rel="page", url=page_url(row, view.language))]
    if view.has_reading:
        links.append(shapes.Link(rel="reading", url=view.links[0].url))
    links += [
        shapes.Link(rel="abstract", url=view.abstract_url),
        shapes.Link(rel="pdf", url=row.pdf_url),
        shapes.Link(rel="html", url=row.html_url),
    ]
    code, project = web_url(row.code_url), web_url(row.project_url)
    links += [shapes.Link(rel="code", url=code)] if code else []
    links += [shapes.Link(rel="project", url=project)] if project else []
    return links


def _citation(row: Paper) -> shapes.Citation:
    cited = [Citation.of(row)]
    return shapes.Citation(
        bibtex=write_bibtex(cited), ris=write_ris(cited), csl=json.loads(write_csl(cited))[0]
    )
