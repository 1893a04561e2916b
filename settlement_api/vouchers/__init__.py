"""Books for all three sides: vouchers by mapped account plans, from the ledger's own transfers."""
