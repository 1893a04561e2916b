"""Products, procurement rounds, contracts, authorizations and agreed volumes."""
