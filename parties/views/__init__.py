"""Pages of parties, one module per noun."""
