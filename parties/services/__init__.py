"""Verbs of parties, one module per noun."""
