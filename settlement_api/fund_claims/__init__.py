"""What the fund owes hospitals, and how much of it batches have bound, used or given back."""
