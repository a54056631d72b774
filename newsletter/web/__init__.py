"""The public pages of the content."""
