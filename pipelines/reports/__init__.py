"""One question each, asked of what is stored."""
