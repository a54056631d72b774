"""Papers that a reader liked elsewhere: shown as they were understood, counted, and as easily taken back.

1. :mod:`~subscriptions.taste_import.survey` says what a list means, and changes nothing.
2. :mod:`~subscriptions.taste_import.counting` counts what the reader ticked. What is not here yet is
   asked for by the content side, and counted once it has come.
"""

from subscriptions.taste_import.counting import count, settle, take_back
from subscriptions.taste_import.survey import Survey, SurveyRow, survey, survey_author

__all__ = ["Survey", "SurveyRow", "count", "settle", "survey", "survey_author", "take_back"]
