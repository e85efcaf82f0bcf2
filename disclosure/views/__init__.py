"""Pages of the portal and of open data."""
