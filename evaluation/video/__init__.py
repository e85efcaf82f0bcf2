"""Video of evaluation rooms: what carries it (`backend`), how a recording is chained (`chain`), how good a line is (`line`)."""
