"""Where courses meets the engine: every @hookimpl, nothing else."""
