"""What belongs together: pure matching on columns. No HTTP, no jobs, no settings, no clock."""
