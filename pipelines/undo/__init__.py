"""From the versions that a run wrote back to those before it, set by set, in SQL; undoing.py tells the order."""
