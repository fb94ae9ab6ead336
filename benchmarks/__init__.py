"""How fast dealport imports, and in how much memory, against the least that any importer has to do: `make bench`."""
