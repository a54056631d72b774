"""The bundled sample: papers of one real day, 2026-04-10, shown on two days, summarised in six languages.

Ids, titles, authors, categories, comments, dates, links and votes are facts; abstracts are retold in the
project's own words, and whoever shows them says so. Two further papers are invented, with full texts and
figures, so that reading in depth can be shown; they say so in their titles.
"""

from services.sample.loading import LANGUAGES, Reader, Sample, load_sample

__all__ = ["LANGUAGES", "Reader", "Sample", "load_sample"]
