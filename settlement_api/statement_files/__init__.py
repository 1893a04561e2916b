"""The bytes of bank statements, kept encrypted before anything reads them."""
