"""Delimited text of any dialect and encoding: found out, decoded, numbered, located."""
