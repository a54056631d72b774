"""Summaries: what a model is asked, what it may answer, and what readers get to see of it."""
