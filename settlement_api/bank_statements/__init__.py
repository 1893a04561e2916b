"""Statements of the agency's accounts: the only source from which the ledger's bank is posted."""
