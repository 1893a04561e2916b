"""What things are: money, ids, codes, messages, tables, events. Imports nothing of ours."""
