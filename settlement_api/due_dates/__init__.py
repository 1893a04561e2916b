"""Due dates and days to act by that waited for the calendar of their year."""
