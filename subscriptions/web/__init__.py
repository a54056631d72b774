"""The pages of the people: what they fill in, and what they are shown."""
