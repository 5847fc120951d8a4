"""What records does: asking, the table itself, the same as a file, and views that are kept."""
