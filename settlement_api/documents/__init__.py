"""Trade documents: identity, revisions, corrections, and their lines in the smallest unit."""
