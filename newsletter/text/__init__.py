"""Text from outside: what may come in, and what TeX says in plain words. Pure."""
