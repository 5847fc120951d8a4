"""Tests of courses: the files, the catalogue, the lessons."""
