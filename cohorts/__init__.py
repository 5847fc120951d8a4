"""Cohorts: editions of courses, who has a seat in them, who was there, and how far each came."""
