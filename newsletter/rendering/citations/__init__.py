"""A paper as other programs cite it, from the sources' facts alone: BibTeX, RIS, CSL-JSON, Markdown. Pure."""

from newsletter.rendering.citations.bibtex import write_bibtex
from newsletter.rendering.citations.csl import write_csl
from newsletter.rendering.citations.markdown import write_markdown
from newsletter.rendering.citations.records import Citation
from newsletter.rendering.citations.ris import write_ris

__all__ = ["Citation", "write_bibtex", "write_csl", "write_markdown", "write_ris"]
