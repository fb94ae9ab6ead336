"""Workbooks of any kind, read in a child process under limits: sheets, rows, and each cell as exact text."""
