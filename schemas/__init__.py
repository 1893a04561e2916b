"""What things are: money, ids, codes, messages, tables and events. Imports nothing else of Zhijie."""
