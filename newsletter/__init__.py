"""The content of Paperpost: what was published, what it says, what the editor made of it.

sources → papers → summaries → editions → digests → deliveries → feedback. This package owns the first four
and never sees an email address; ``subscriptions`` owns the rest and never asks a source or a model.
"""
