"""What people decide about discrepancies: marks, links, two people above a threshold, undoing."""
