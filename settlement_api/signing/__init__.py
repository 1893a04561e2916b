"""The register of signing keys, and the signatures that lie beside messages to the bank."""
