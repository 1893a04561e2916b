"""Payments: exactly once to the bank, outcomes folded from evidence, effects posted."""
