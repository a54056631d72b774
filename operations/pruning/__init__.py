"""What is let go once its period is over: rows and files, a little at a time, beside everything else.

The periods stand in :mod:`subscriptions.periods`. Votes, consent and suppressions are never let go here.
"""
