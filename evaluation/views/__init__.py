"""The edge of evaluation."""
