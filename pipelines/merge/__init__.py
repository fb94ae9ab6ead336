"""From staged rows to stored opportunities, set by set, in SQL; merging.py tells the order."""
