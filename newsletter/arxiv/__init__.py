"""What arXiv is: its calendar, its categories, its identifiers and places in its papers. Pure."""
