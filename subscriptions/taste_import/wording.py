"""What is said of a list and its entries: what is wrong, and what to do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletter.references import FaultKind, Standing

FAULTS: dict[FaultKind, Promise] = {
    FaultKind.UNCLOSED: _("Its braces or quotation marks are not closed; close them and try again."),
    FaultKind.UNREADABLE: _("It cannot be read; export the list again, or leave this part out."),
    FaultKind.NAMELESS: _("It names no paper; add an arXiv id, a DOI or a title."),
}
REFUSALS: dict[FaultKind, Promise] = {
    FaultKind.UNREADABLE: _("This list cannot be read; export it again as BibTeX, RIS or CSL-JSON."),
    FaultKind.NO_TEXT: _("This is not a list of papers; export one as BibTeX, RIS or CSL-JSON."),
    FaultKind.EMPTY: _("There are no papers in it."),
    FaultKind.TOO_LARGE: _("The limit is 5 MB. Split the list and import the parts one by one."),
    FaultKind.TOO_MANY: _("The limit is 5,000 papers. Split the list and import the parts one by one."),
}
STANDINGS: dict[Standing, Promise] = {
    Standing.KNOWN: _("Found"),
    Standing.TO_FETCH: _("Will be fetched from arXiv"),
    Standing.MISSING: _("arXiv has no paper with this id; please correct it."),
    Standing.NO_MATCH: _("Not found here; add its arXiv id."),
    Standing.AMBIGUOUS: _("Several papers match; add the arXiv id."),
    Standing.OTHERS: _("There is a paper with this title, but by other authors; add the arXiv id."),
    Standing.WITHDRAWN: _("Withdrawn by its authors"),
    Standing.REPEATED: _("Already listed above"),
}
