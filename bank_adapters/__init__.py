"""How to speak to a bank: one port, one folder per dialect, never the database."""
