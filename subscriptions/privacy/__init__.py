"""A reader's data in the reader's hands: export, and erasure that leaves no trace."""
