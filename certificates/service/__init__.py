"""What certificates does: one file for each idea."""
