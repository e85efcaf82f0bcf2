"""Verbs of bidding, one module per part of a sealed bid's life."""
