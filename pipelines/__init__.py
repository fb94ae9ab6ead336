"""What the toolkit does: start reading at importing.py."""
