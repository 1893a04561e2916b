"""A simulated bank: a process of its own with its own book, reached over HTTP only.

It reads and writes ISO 20022 with its own code, so that a fault of our reader or writer is not
mirrored by a bank that shares it.
"""
