"""Timers: acts that the clock decides. Rows (when, verb, subject), claimed once, retried until done."""
