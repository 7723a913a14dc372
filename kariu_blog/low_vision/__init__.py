"""The mode for readers with low vision: a cookie of theirs that one style sheet reads, and no page."""
