"""Template tags that belong to the site shell alone."""
