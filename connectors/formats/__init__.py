"""One file format each: read_table, write_table."""
