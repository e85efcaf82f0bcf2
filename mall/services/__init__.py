"""Verbs of the mall, each in the module of its noun: listing, carting, ordering, fulfilling."""
