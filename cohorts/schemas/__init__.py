"""What cohorts looks like as JSON: one file for each idea; shape only."""
