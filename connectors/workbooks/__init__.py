"""Workbooks of any kind: read in a child process under limits, as exact text; written to fill in, or marked."""
