"""Reading in depth: a full text becomes facts, each with the paper's own words, and the facts become pages.

Pure: ``facts``, ``chunks``, ``prompts``, ``answers``, ``verification``, ``tables``, ``translation`` and
``places``. Rows and the model: ``asking``, ``extraction``, ``languages``, ``pictures``, ``service``. What is
shown: ``pages``, ``offers`` and the ``words`` around.
"""
