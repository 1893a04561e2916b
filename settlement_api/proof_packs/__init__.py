"""Proof packs: everything behind one payment in one archive, and its check without a database."""
