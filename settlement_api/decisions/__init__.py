"""What two people decide about attempts at payments that the bank leaves open or in doubt."""
