"""Models of what travels on the wire: documents in, resources out."""
