"""Code lists and code validators, one file per subject."""
