"""Reading in depth: a full text becomes facts, each with the paper's own words, and the facts become pages.

Without rows and models: ``facts``, ``chunks``, ``prompts``, ``answers``, ``verification``, ``tables`` and
``translation``. Rows and the model: ``selection``, ``ledger``, ``tools``, ``model_session``, ``extraction``,
``languages``, ``texts``, ``service``. What is shown: ``pages``, ``offers`` and the ``words`` around.
"""
