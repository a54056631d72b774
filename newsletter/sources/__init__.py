"""Where papers come from: arXiv (query API, announcement feed, listing page) and Hugging Face's daily papers.

Each module asks one source and answers with records; whatever goes wrong becomes a ``SourceError``. Nothing
here knows the database.
"""
