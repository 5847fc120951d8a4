"""Records: who began an activity, how far she came, what she earned; page, JSON and file."""
