"""Management commands of the content, and what all commands share."""
