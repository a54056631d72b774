"""The people of Paperpost: who wants what, what they were sent, and what came back.

It reads editions from ``newsletter`` and never calls arXiv, Hugging Face or a model.
"""
