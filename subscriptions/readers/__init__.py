"""Who wants what: consent and its proof, wishes, time zones, signed links, votes, suppressions."""
