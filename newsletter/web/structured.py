"""What pages say of themselves to search engines: objects of schema.org as JSON-LD.

A page claims no more than a reader sees on it. The paper is its authors' work; the summary is a work of its
own that says what it rests on and who wrote it.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from newsletter.models import Paper
from newsletter.rendering.papers import PaperView
from newsletter.rendering.texts import clean, web_url

CONTEXT: Final = "https://schema.org"
MOST_AUTHORS: Final = 100  # of papers with thousands
MOST_ITEMS: Final = 30  # of a list: a page has as much as it says
LONGEST_ABSTRACT: Final = 5000  # characters
_BY_A_MODEL: Final = "https://schema.org/TrainedAlgorithmicMediaDigitalSource"
# Inside <script> nothing is HTML but the end of the script and a comment (HTML, 13.2.5.15 and on).
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
Data = dict[str, Any]
Named = tuple[str, str]
"""A page: its name and its path."""


def embed(item: Mapping[str, Any]) -> SafeString:
    """A ``<script>`` of data that holds ``item``, whatever its texts are."""
    text = json.dumps(item, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped above


def scholarly_article(paper: Paper, view: PaperView, *, page: str) -> Data:
    """The paper that a page is about, and as its subject's work our summary. ``page`` is the page's path."""
    doi = clean(paper.doi)
    return _filled(
        {
            "@context": CONTEXT,
            "@type": "ScholarlyArticle",
            "@id": view.abstract_url,
            "headline": view.title,
            "name": view.title,
            "alternateName": view.translated_title,
            "author": [_person(name) for name in map(clean, paper.authors[:MOST_AUTHORS]) if name],
            "datePublished": _moment(paper.published_at),
            "dateModified": _moment(paper.updated_at),
            "abstract": clean(paper.abstract)[:LONGEST_ABSTRACT],
            "inLanguage": "en",
            "identifier": [
                _property("arXiv", f"arXiv:{paper.arxiv_id}"),
                *([_property("DOI", doi)] if doi else []),
            ],
            "sameAs": [view.abstract_url, *([f"https://doi.org/{quote(doi)}"] if doi else [])],
            "url": view.abstract_url,
            "version": f"{paper.version}",
            "license": web_url(paper.licence),
            "keywords": [str(category) for category in paper.categories],
            "mainEntityOfPage": {"@type": "WebPage", "@id": settings.SITE_URL + page},
            "subjectOf": summary(view, page=page),
        }
    )


def summary(view: PaperView, *, page: str) -> Data:
    """Our summary of a paper: what it rests on, who wrote it and what was checked."""
    is_by_model = "digest.by_model" in view.labels
    return _filled(
        {
            "@type": "CreativeWork",
            "@id": f"{settings.SITE_URL}{page}#main",
            "text": " ".join([view.sentence, *view.takeaways]),
            "inLanguage": view.summary_language.code,
            "isBasedOn": view.abstract_url,
            "creditText": view.label,
            "digitalSourceType": _BY_A_MODEL if is_by_model else "",
        }
    )


def website() -> Data:
    """The site, and how it is searched."""
    target = f"{settings.SITE_URL}/search/?q={{search_term_string}}"
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "@id": f"{settings.SITE_URL}/#website",
        "name": settings.SITE_NAME,
        "url": f"{settings.SITE_URL}/",
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": target},
            "query-input": "required name=search_term_string",
        },
    }


def collection(*, url: str, name: str, description: str, language: str, items: Iterable[Named]) -> Data:
    """A page that lists others, in its order."""
    shown = list(items)[:MOST_ITEMS]
    return _filled(
        {
            "@context": CONTEXT,
            "@type": "CollectionPage",
            "@id": url,
            "url": url,
            "name": name,
            "description": description,
            "inLanguage": language,
            "isPartOf": {"@id": f"{settings.SITE_URL}/#website"},
            "mainEntity": {
                "@type": "ItemList",
                "numberOfItems": len(shown),
                "itemListElement": [_listed(at, item) for at, item in enumerate(shown, 1)],
            },
        }
    )


def paper_items(papers: Iterable[PaperView]) -> list[Named]:
    """Papers as :func:`collection` takes them."""
    return [(paper.headline, f"/papers/{paper.arxiv_id}/{paper.language}/") for paper in papers]


def breadcrumbs(way: Iterable[Named]) -> Data:
    """The way from the front page to a page, which is the last."""
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [_listed(at, page, key="item") for at, page in enumerate(way, 1)],
    }


def _listed(position: int, item: Named, *, key: str = "url") -> Data:
    name, path = item
    return {"@type": "ListItem", "position": position, "name": name, key: settings.SITE_URL + path}


def _person(name: str) -> Data:
    return {"@type": "Person", "name": name}


def _property(scheme: str, value: str) -> Data:
    return {"@type": "PropertyValue", "propertyID": scheme, "value": value}


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _filled(item: Data) -> Data:
    """``item`` without what is empty."""
    return {name: value for name, value in item.items() if value not in ("", None, [])}
