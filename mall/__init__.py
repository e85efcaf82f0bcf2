"""Mall."""
