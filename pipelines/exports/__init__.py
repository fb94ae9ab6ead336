"""What an export writes: which rows, which columns, in which order, as text or as typed values."""
