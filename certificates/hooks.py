"""Where certificates meets the engine: every @hookimpl, nothing else."""
