"""Mutation testing of the matching kernel: `make mutants`, not part of the suite."""
