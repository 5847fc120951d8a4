"""Courses: the catalogue, e-learning modules with their lessons, and the way through them."""
