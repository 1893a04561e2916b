"""Who may do what, when, and what follows: the settlement service and its command line."""
