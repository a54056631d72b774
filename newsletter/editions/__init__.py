"""Editions: one topic's papers of one day, composed, approved and frozen; and which papers were mailed."""
