"""The commands that the documents show: each is run, or looked at as far as this machine can."""
