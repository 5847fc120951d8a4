"""What certificates shows: one file for each sort of page."""
