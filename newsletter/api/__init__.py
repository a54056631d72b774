"""The read-only JSON API over what is public."""
