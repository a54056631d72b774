"""The operator's part of the desk."""
