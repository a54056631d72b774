"""Operations: whether Paperpost is well, who is told when it is not, and what keeps it for years."""
