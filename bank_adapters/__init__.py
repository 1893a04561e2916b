"""How to speak to a bank: one port, one folder per bank family, never the database."""
