"""Audit trail: who did what, under which rule; one hash chain per subject, text snapshots, never changed."""
