"""Double entry per area, book and scheme; append-only."""
