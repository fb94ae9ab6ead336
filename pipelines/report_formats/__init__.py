"""One way each in which the answers of reports are written: pieces."""
