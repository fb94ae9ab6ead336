"""Measures how fast and in how much memory dealport imports, beside the least that any importer has to do."""
