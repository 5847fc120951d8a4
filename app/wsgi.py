"""What the server imports: the app with its static files, and its sweeper."""

from __future__ import annotations

from app import create_app, jobs

app = create_app()
jobs.start_sweeper(app)
