"""Plans: what an import changes, weighed, written to a file, and stopped where it is too much."""
