"""What reports are made of: the question, the tables and amounts it asks for, what it is grouped by, and arithmetic."""
