"""Bodies of documents coming in: kept as received, checked as they stream, applied in chunks."""
