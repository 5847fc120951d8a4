"""What cohorts does: one file for each idea."""
