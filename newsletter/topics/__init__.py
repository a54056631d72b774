"""Topics: the shipped catalogue, the queries of readers and editors, and which papers belong to which."""
