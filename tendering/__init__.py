"""Tendering."""
