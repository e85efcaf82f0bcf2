"""Template tags of the site shell: what every page shows the same way."""
