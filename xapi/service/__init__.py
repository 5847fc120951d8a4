"""What the store does, one file for each side of it."""
