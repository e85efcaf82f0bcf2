"""Verbs of evaluation, one module per part: panels, scoring, reporting, awards."""
