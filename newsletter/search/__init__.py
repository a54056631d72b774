"""The index of all public papers, and what is found in it."""
