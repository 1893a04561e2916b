"""What the rules said about a line, and what would cure it: who must act next, and by when."""
