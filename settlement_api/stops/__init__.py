"""The kill switch of an area: while it is thrown, no payment of it is sent."""
