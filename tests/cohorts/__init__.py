"""Tests of cohorts: editions, seats, attendance, rosters."""
