"""Statements that are tables, CSV or XLSX: read as a declared profile says."""
