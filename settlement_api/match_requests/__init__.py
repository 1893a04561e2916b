"""Runs over an area that people ask for: in chunks, with progress, cancellation and resumption."""
