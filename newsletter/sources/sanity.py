"""Which records may become papers, and what their free text says about them. Pure."""

import re
from datetime import UTC, datetime, timedelta

from newsletter.arxiv.identifiers import squeeze
from newsletter.arxiv.taxonomy import archive_of, select_categories
from newsletter.records import DailyPaperRecord, PaperRecord

FIRST_PAPER = datetime(1986, 1, 1, tzinfo=UTC)  # arXiv began in 1991 and took in some older ones
LONGEST_TITLE = 2_000
LONGEST_ABSTRACT = 50_000
LONGEST_NAME = 5_000  # teams have put all their members into one name (2506.02197)
MOST_AUTHORS = 20_000

_NOUN = r"(?:paper|article|preprint|manuscript|submission|work|version|report|note|draft|entry|it|we)"
_WITHDRAWN = re.compile(
    # said of this very submission, at the beginning of a sentence …
    r"(?:^|[.;:!?]\s+|\bthus,? |\btherefore,? |\bhence,? )(?:arxiv admin note:\s*)?(?:"
    r"(?:withdrawn|retracted)"
    r"(?=\s*(?:$|[.,;:!(])|\s+(?:by|due|because|as|since|for|until|pending|at|from arxiv)\b)"
    r"|withdrawal (?:requested|by|of this)"
    r"|(?:this|the|our|your)\s+(?:\w+\s+){0,2}?" + _NOUN + r"(?:\s+\w+){0,2}?\s+"
    r"(?:(?:has|have) been|is being|is|was|needs to be|should be|must be)\s+"
    r"(?:\w+\s+){0,2}?(?:withdrawn|retracted)"
    r"|it is (?:being )?(?:withdrawn|retracted)"
    r"|(?:the|we,? the) authors?\b[^.;]{0,40}?\b"
    r"(?:(?:is|are) withdrawing|(?:has|have) (?:decided|chosen|agreed) to withdraw|withdraw"
    r"|wish(?:es)? to withdraw|request(?:s|ed)? (?:to withdraw|(?:the )?withdrawal))"
    r"|(?:we|i) (?:\w+ ){0,2}?(?:are withdrawing|am withdrawing|(?:would like|wish|need|request|want|decided)"
    r" to withdraw|withdraw this)"
    r")"
    # … or anywhere, of "this paper"
    r"|\bthis (?:paper|article|preprint|manuscript|submission|version)\s+(?:has been|is being|is)\s+"
    r"(?:temporarily\s+)?(?:withdrawn|retracted)"
    r"|\b(?:the|this) paper should be (?:withdrawn|retracted)|\bneeds to be withdrawn"
    r"|\bwe (?:\w+ )?request (?:its )?withdrawal|\brequest its withdrawal"
    r"|\b(?:we are|i am) withdrawing (?:it|this|the)\b|\bthis entry is being withdrawn"
    r"|\b(?:decided|request|chosen|like|need) to (?:withdraw|retract) "
    r"(?:it|this|the (?:paper|manuscript|article))\b",
    re.IGNORECASE,
)

_MENTIONED = re.compile("withdr|retract", re.IGNORECASE)  # in all of the above, and in few comments
_WHOLE_ABSTRACT = re.compile(r"(?:this|the) \w+ (?:has been|is) (?:withdrawn|retracted)", re.IGNORECASE)


def is_withdrawn(*, comment: str, abstract: str = "") -> bool:
    """Whether arXiv's free text says that THIS submission is withdrawn.

    There is no field for it. arXiv's own note stands in the comment, and old papers say so as their whole
    abstract. "This is a revised version", "an earlier version was withdrawn from a journal" and papers ABOUT
    withdrawn papers are no withdrawals.
    """
    if _MENTIONED.search(comment) and _WITHDRAWN.search(squeeze(comment)):
        return True
    return len(abstract) < 600 and bool(_WHOLE_ABSTRACT.match(abstract))


def is_notable(*, old_title: str, old_abstract: str, title: str, abstract: str) -> bool:
    """Whether title or abstract differ in more than white space."""
    return (squeeze(old_title), squeeze(old_abstract)) != (squeeze(title), squeeze(abstract))


def fault_of(record: PaperRecord | DailyPaperRecord, *, now: datetime) -> str:
    """Why ``record`` cannot become a paper, in one line; empty if it can."""
    texts = (record.title, record.abstract, *record.authors)
    if not record.title:
        return "it has no title"
    if len(record.title) > LONGEST_TITLE:
        return f"its title has {len(record.title):,} characters"
    if len(record.abstract) > LONGEST_ABSTRACT:
        return f"its abstract has {len(record.abstract):,} characters"
    if len(record.authors) > MOST_AUTHORS:
        return f"it has {len(record.authors):,} authors"
    if any(len(name) > LONGEST_NAME for name in record.authors):
        return f"an author's name has more than {LONGEST_NAME:,} characters"
    if isinstance(record, PaperRecord):
        texts += (record.comment, record.doi, record.journal_ref, *record.categories)
    if not all(is_storable(text) for text in texts):
        return "its text holds characters that no database keeps (NUL or half of a surrogate pair)"
    return _fault_of_dates(record, now=now)


def is_storable(text: str) -> bool:
    """Whether PostgreSQL keeps ``text``: no NUL, nothing that has no UTF-8 form."""
    if text.isascii():
        return "\x00" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _fault_of_dates(record: PaperRecord | DailyPaperRecord, *, now: datetime) -> str:
    latest = now + timedelta(days=1)  # clocks differ
    if isinstance(record, PaperRecord):
        moments = {"submitted": record.published_at, "updated": record.updated_at}
    else:
        moments = {"submitted": record.published_at} if record.published_at else {}
        if record.day > latest.date():
            return f"it is listed on {record.day}, a day to come"
        if record.day < FIRST_PAPER.date():
            return f"it is listed on {record.day}, before there was arXiv"
    for name, moment in moments.items():
        if moment > latest:
            return f"it was {name} on {moment:%Y-%m-%d}, a day to come"
        if moment < FIRST_PAPER:
            return f"it was {name} on {moment:%Y-%m-%d}, before there was arXiv"
    return ""


_LOOKS_LIKE_CATEGORY = re.compile(r"[a-z][a-z-]+(?:\.[A-Za-z]{2,}(?:-[A-Za-z]+)*)?")


def categories_of(texts: tuple[str, ...]) -> list[str]:
    """The categories among a record's class strings, in order: MSC and ACM classes are none.

    A category that is newer than our taxonomy stays, for arXiv knows best.
    """
    categories: dict[str, None] = {}
    for text in texts:
        if _LOOKS_LIKE_CATEGORY.fullmatch(text) and ("." in text or archive_of(text)):
            categories[text] = None
        else:
            categories |= dict.fromkeys(select_categories([text]))
    return [category[:32] for category in categories]
