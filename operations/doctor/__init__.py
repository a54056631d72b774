"""Looks at everything that Paperpost needs. Each check is a function that can be used alone.

What judges is apart from what asks, where that can be: ``judge_…`` takes what was seen.
"""
