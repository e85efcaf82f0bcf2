"""Pages of tendering, one module per noun."""
