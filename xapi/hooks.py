"""Where xapi meets the engine: every @hookimpl, nothing else."""
