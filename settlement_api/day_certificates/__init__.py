"""What the bank and our ledger say of an account on a day, side by side, to the fen."""
