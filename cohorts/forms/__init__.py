"""Forms of cohorts: one file for each idea; shape only."""
