"""Users, sessions and keys of systems."""
