"""What became of payments: evidence of banks and people, folded; effects posted once."""
