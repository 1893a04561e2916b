"""The invariants of the books, asked of a live database."""
