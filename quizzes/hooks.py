"""Where quizzes meets the engine: every @hookimpl, nothing else."""
