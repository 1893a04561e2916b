"""Domain events, one file per feature; recorded in the transaction that makes them true."""
