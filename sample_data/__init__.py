"""Invented companies, people, deals and exchange rates: what `dealport demo` and the README import."""
