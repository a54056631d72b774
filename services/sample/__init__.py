"""The bundled sample: one real day of 22 papers, 2024-03-06, with an editor's summaries in four languages.

Ids, titles, authors, categories, comments, links and votes are facts; abstracts are retold in the project's
own words, and whoever shows them says so.
"""

from services.sample.loading import LANGUAGES, Reader, Sample, load_sample

__all__ = ["LANGUAGES", "Reader", "Sample", "load_sample"]
