"""The matching rule a second time, in SQL, to hold the kernel against."""
