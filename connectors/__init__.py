"""How bytes get in and out: file formats, databases, exchange rates."""
