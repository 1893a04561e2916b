"""How hospitals make good what was paid for them: net-off, this month's claim, then later ones."""
