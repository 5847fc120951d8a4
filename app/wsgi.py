"""What the server imports: the app with its static files, and its sweeper."""

from __future__ import annotations

import gc

from app import create_app, jobs

app = create_app()
jobs.start_sweeper(app)

# The house stands as long as the process does: the collector need not look through it again and
# again, nor after every 700 objects, of which a page makes many thousands.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
