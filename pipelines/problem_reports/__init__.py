"""One format each in which problems are told: pieces."""
