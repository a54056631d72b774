"""What a paper is about, as numbers: its words, its authors, and how rare each of them is."""
