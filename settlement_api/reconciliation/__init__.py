"""Matching an area's documents: PostgreSQL → kernel → PostgreSQL, as numbered runs."""
