"""What the tests of single sentences share."""

from newsletter.grounding import Source, check_text, failed


def refused(language: str, text: str, evidence: str, source: str = "") -> set[str]:
    """The checks that a takeaway in ``language`` fails on its ``evidence``, a part of ``source``."""
    found = failed(check_text(text, Source(source, evidence), language=language, evidence=evidence))
    return {each.check for each in found}
