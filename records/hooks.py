"""Where records meets the engine: every @hookimpl, nothing else."""
