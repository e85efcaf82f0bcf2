"""Reads of what has been published; other packages import the module they need."""
