"""Contracting."""
