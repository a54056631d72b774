"""The commands that operators run by hand, one module each."""
