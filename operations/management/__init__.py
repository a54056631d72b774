"""What an operator runs to know how Paperpost is, and to keep it."""
