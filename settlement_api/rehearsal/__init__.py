"""The rehearsal: a synthetic province, its settlement month, and the platform run to show it."""
