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
        "empty": gettext_noop("The query is empty: write a word, a “phrase” or a category."),
        "closes-none": gettext_noop("This closing bracket has no opening bracket before it."),
        "never-closed": gettext_noop("This bracket is never closed."),
        "empty-brackets": gettext_noop("There is nothing between these brackets."),
        "nothing-before-bracket": gettext_noop("There is nothing before this bracket."),
        "too-deep": gettext_noop("Brackets are nested more than %(limit)s deep here."),
        "field-in-field": gettext_noop("%(field)s: cannot be used inside %(outer)s:( … )."),
        "field-alone": gettext_noop("After %(field)s: comes what to look for, such as %(example)s."),
        "no-such-field": gettext_noop(
            "There is no field “%(field)s”, only title:, abstract:, author: and cat:."
        ),
        "stray-colon": gettext_noop(
            "A colon follows a field’s name, as in title:robot. To search for the sign itself, put "
            "it in quotation marks."
        ),
        "star-in-word": gettext_noop(
            "A star stands only for a whole archive, as in cat:cs.*. To search for the sign itself, put "
            "it in quotation marks."
        ),
        "star-in-field": gettext_noop(
            "A star on its own means every paper; with an archive, as in cat:cs.*, all of its categories."
        ),
        "operator-last": gettext_noop("%(operator)s needs something after it."),
        "operator-first": gettext_noop("%(operator)s joins two terms; there is nothing before it."),
        "open-quote": gettext_noop("This quotation mark is never closed."),
        "long-phrase": gettext_noop("A phrase may have at most %(limit)s words."),
        "no-letter": gettext_noop("There is no letter or digit in “%(text)s” to search for."),
        "too-many-terms": gettext_noop(
            "A query may have at most %(limit)s words and phrases; this is one too many."
        ),
        "too-long": gettext_noop("A query may have at most %(limit)s characters."),
        "too-long-in-full": gettext_noop(
            "Written out in full, this query has more than %(limit)s characters."
        ),
        "character": gettext_noop("The character %(character)s cannot be searched for."),
        "no-such-category": gettext_noop(
            "“%(category)s” is not one of arXiv’s categories; write for example cs.CV or cs.*."
        ),
        "mistyped-category": gettext_noop(
            "“%(category)s” is not one of arXiv’s categories; did you mean “%(near)s”?"
        ),
    }
)


def problem(code: str, position: int = 0, **values: object) -> QueryError:
    """The error of a query with the problem ``code`` at the character ``position``."""
    return QueryError(PROBLEMS[code] % values, position=position, code=code, values=values)
