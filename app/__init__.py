"""Passage: a headless e-learning engine. `create_app` is the house assembled, on one screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_compress import Compress
from flask_migrate import Migrate

from app import api, auth, config, db, errors, hooks, logs, plugins, templating, web


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The whole house: engine, plugins, pages, API.

    Raises config.Misconfigured when production lacks what it needs.
    """
    app = Flask(__name__)
    app.config.update(config.load(settings))
    logs.open_logs(app)
    db.open_database(app)
    Migrate(app, db.db, directory=str(config.ROOT / "migrations"), render_as_batch=True)
    web.open_web(app)
    house = plugins.open_house(app, hooks)
    auth.open_accounts(app)
    templating.open_templates(app)
    for blueprint in (one for some in house.hook.blueprints() for one in some):
        app.register_blueprint(blueprint)
    with app.app_context():  # what a plugin contributes may depend on what others do
        api.open_api(app)
        for command in (one for some in house.hook.commands() for one in some):
            app.cli.add_command(command)
    errors.open_errors(app)
    Compress(app)
    return app
