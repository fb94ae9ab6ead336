"""One thing done to a table each; pure, strangers to each other."""
