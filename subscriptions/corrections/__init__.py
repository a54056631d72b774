"""Who had a paper, and who is told that it said something wrong."""
