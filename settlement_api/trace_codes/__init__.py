"""Which receipt lines state which trace codes, province-wide, and which codes stand on several."""
