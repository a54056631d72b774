"""What a reader's votes say of the reader's taste, and how much papers are to that taste."""
