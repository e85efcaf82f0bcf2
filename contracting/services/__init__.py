"""Verbs of contracting, each in the module of its noun: contracts, performance, agreements, caps."""
