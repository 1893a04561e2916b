"""The order of events per area, sealed into a chain, and the queue of what follows from them."""
