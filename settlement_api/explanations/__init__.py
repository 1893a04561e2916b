"""What hospitals settle themselves: due dates, ageing, on-time rates, as of any day."""
