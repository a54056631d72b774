"""What can be wrong with a query: a code for programs and a sentence for people.

The sentences are English; a page in another language looks the code up here and translates its sentence. The
marked strings are found by the tool that collects messages. Pure.
"""

from collections.abc import Mapping
from types import MappingProxyType

from newsletter.errors import QueryError


def gettext_noop(message: str) -> str:
    """``message`` itself, marked for translation."""
    return message


PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "empty": gettext_noop('The query is empty: write a word, a "phrase" or a category.'),
        "closes-none": gettext_noop("This bracket closes none that was opened before it."),
        "never-closed": gettext_noop("This bracket is never closed."),
        "empty-brackets": gettext_noop("There is nothing between these brackets."),
        "nothing-before-bracket": gettext_noop("There is nothing before this bracket."),
        "too-deep": gettext_noop("Brackets are nested more than %(limit)s deep here."),
        "field-in-field": gettext_noop("%(field)s: cannot stand inside %(outer)s:( … )."),
        "field-alone": gettext_noop("After %(field)s: comes what to look for, such as %(example)s."),
        "no-such-field": gettext_noop(
            "There is no field '%(field)s', only title:, abstract:, author: and cat:."
        ),
        "stray-colon": gettext_noop(
            "A colon follows a field's name, as in title:robot; quotation marks make it a sign."
        ),
        "star-in-word": gettext_noop(
            "A star stands only for a whole archive, as in cat:cs.*; quotation marks make it a sign."
        ),
        "star-in-field": gettext_noop(
            "A star stands alone for every paper, or for a whole archive as in cat:cs.*."
        ),
        "operator-last": gettext_noop("%(operator)s wants something after it."),
        "operator-first": gettext_noop("%(operator)s stands between two things; there is nothing before it."),
        "open-quote": gettext_noop("This quotation mark is never closed."),
        "long-phrase": gettext_noop("A phrase may have %(limit)s words at most."),
        "no-letter": gettext_noop("There is no letter and no digit in '%(text)s' to look for."),
        "too-many-terms": gettext_noop(
            "A query may have %(limit)s words and phrases at most; this is one more."
        ),
        "too-long": gettext_noop("A query may have %(limit)s characters at most."),
        "too-long-in-full": gettext_noop("Written out, this query has more than %(limit)s characters."),
        "character": gettext_noop("The character %(character)s cannot be looked for."),
        "no-such-category": gettext_noop(
            "'%(category)s' is not one of arXiv's categories; write for example cs.CV or cs.*."
        ),
        "mistyped-category": gettext_noop(
            "'%(category)s' is not one of arXiv's categories; did you mean '%(near)s'?"
        ),
    }
)


def problem(code: str, position: int = 0, **values: object) -> QueryError:
    """The error of a query with the problem ``code`` at the character ``position``."""
    return QueryError(PROBLEMS[code] % values, position=position, code=code, values=values)
