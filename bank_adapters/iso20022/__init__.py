"""Banks that speak ISO 20022: pain.001.001.09 out, pain.002 and camt.053 in."""
