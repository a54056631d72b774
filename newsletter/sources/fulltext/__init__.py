"""A paper's full text, from arXiv's HTML, else from the PDF, else from the abstract alone, saying which."""
