"""Import of master data from files, kind by kind, with a result for every row."""
