"""The command line: `passage`. Plugins add their commands through the hook."""

from __future__ import annotations

import os
import sys
from typing import Any

import click
from flask import current_app
from flask.cli import FlaskGroup, with_appcontext
from flask_migrate import upgrade

from app import bars, config, content, create_app, db, demo, demo_people, jobs, progress, server


@click.group(cls=FlaskGroup, create_app=create_app, add_default_commands=False)
def passage() -> None:
    """Passage, a learning platform for international migration law."""


def main() -> None:
    """The entry point `passage`. A wrong setting is one sentence, not a traceback."""
    os.environ.setdefault("FLASK_SKIP_DOTENV", "1")
    try:
        passage(prog_name="passage")
    except config.Misconfigured as wrong:
        click.echo(f"passage: {wrong}", err=True)
        sys.exit(2)


@passage.group("demo", invoke_without_command=True)
@with_appcontext
@click.pass_context
def demo_group(context: click.Context) -> None:
    """Make everything the demonstration needs, and serve it on this machine alone."""
    if current_app.config["ENV"] == "production":
        raise click.ClickException("the demonstration does not run with PASSAGE_ENV=production")
    if context.invoked_subcommand:
        return
    server.demand_free("127.0.0.1", current_app.config["PORT"])
    _prepare()
    with db.transaction():
        lines = demo.make()
    click.echo(demo.greeting(lines))
    server.serve(current_app, address="127.0.0.1")


@demo_group.command("people")
@click.argument("count", type=click.IntRange(0, demo_people.MOST))
@click.option("--courses", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option(
    "--progress",
    "rows",
    type=click.IntRange(0, 100),
    default=10,
    show_default=True,
    help="Rows of progress for each person.",
)
@with_appcontext
def demo_people_command(count: int, courses: int, rows: int) -> None:
    """Make COUNT made-up people on their way through made-up courses, with their statements.

    A second call makes those that are missing. None of them can sign in, and nobody is written to.
    """
    _prepare()
    with bars.bar() as bar:
        task = bar.add_task("People", total=count)
        made = demo_people.make(
            count,
            courses=courses,
            progress_each=rows,
            told=lambda done: bar.update(task, completed=done),
        )
    click.echo(f"{made.people} made-up people; {made.rows} rows of progress added")


@passage.command("serve")
@click.option("--address", default="127.0.0.1", show_default=True)
@with_appcontext
def serve_command(address: str) -> None:
    """Serve the house, one process on SQLite; migrates the database first."""
    if current_app.config["ENV"] != "production" and address != "127.0.0.1":
        raise click.ClickException("only PASSAGE_ENV=production listens outside 127.0.0.1")
    server.demand_free(address, current_app.config["PORT"])
    _prepare()
    server.serve(current_app, address=address)


@passage.command("worker")
@with_appcontext
def worker_command() -> None:
    """Do the jobs of the outbox until stopped; several may run beside each other on PostgreSQL."""
    server.work(current_app)


def _prepare() -> None:
    click.echo("Preparing the database …")
    upgrade(directory=str(config.ROOT / "migrations"))
    with db.transaction():
        content.fix_site()
    click.echo("Loading the content …")
    with db.transaction():
        changed = content.load()
    click.echo(content.summary(changed))


@passage.group("content")
def content_group() -> None:
    """The unit's courses, lessons and quizzes, as files and as rows."""


@content_group.command("load")
@click.option("--folder", type=click.Path(exists=True, file_okay=False))
@with_appcontext
def content_load(folder: str | None) -> None:
    """Bring the content files into rows; a second run changes nothing."""
    try:
        with db.transaction():
            changed = content.load(folder)
    except ValueError as wrong:
        raise click.ClickException(f"nothing was loaded: {wrong}") from wrong
    click.echo(content.summary(changed))


@content_group.command("check")
@click.option("--folder", type=click.Path(exists=True, file_okay=False))
@with_appcontext
def content_check(folder: str | None) -> None:
    """Name every gap, dead citation and stale translation in the content files."""
    findings = content.check(folder)
    for finding in findings:
        click.echo(finding)
    if findings:
        raise click.ClickException(f"{len(findings)} findings")
    click.echo("Nothing to mend.")


@passage.group("progress")
def progress_group() -> None:
    """Progress, derived from the kept statements alone."""


@progress_group.command("rebuild")
@with_appcontext
def progress_rebuild() -> None:
    """Project every stored statement anew; replace Progress where it differs."""
    with db.transaction():
        done = progress.rebuild()
    click.echo(f"{done.rows} rows; {done.differing} differed, {done.surplus} had no statement")


@passage.group("jobs")
def jobs_group() -> None:
    """The outbox: what is still to be done."""


@jobs_group.command("run")
@with_appcontext
def jobs_run() -> None:
    """Do what is due now, and stop."""
    click.echo(f"{jobs.run_due(10_000)} jobs tried")


@passage.command("shell", context_settings={"ignore_unknown_options": True})
@with_appcontext
def shell_command() -> None:
    """A Python prompt inside the house."""
    import code

    names: dict[str, Any] = {"app": current_app, "db": db}
    code.interact(local=names)
