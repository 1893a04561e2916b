"""Signatures that messages waited for: checked by who did not make them, and taken."""
