"""Money on an agency's account that nothing explains yet, and the accounts that fund it."""
