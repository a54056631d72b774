"""Acronyms that languages write their own way, and what English calls the same thing: look-up."""

from newsletter.grounding.lexicons import lexicon, lexicons

# Words of places, peoples and languages, as all languages write them: they name no method and no result.
PLACE_NAMES = frozenset(place for each in lexicons().values() for place in each.names.places)


def english_forms(acronym: str, *, language: str) -> tuple[str, ...]:
    """What the source may call it, in lower case and run together; nothing for what is no acronym of that
    language's own. Any of the forms in the source vouches for the acronym.
    """
    return lexicon(language).acronyms.get(acronym, ())
