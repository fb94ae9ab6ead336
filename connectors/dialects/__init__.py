"""One database each: prepare, stage, lock."""
