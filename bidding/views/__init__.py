"""The edge of bidding."""
