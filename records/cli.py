"""`passage export completions`: the completion records as a file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.config import LANGUAGES
from app.errors import Problem
from records import service


@click.group("export")
def export() -> None:
    """What the house knows, as files."""


@export.command("completions")
@click.option("--format", "form", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--activity", help='Only this one, by its key: "modules/m1".')
@click.option("--status", type=click.Choice(list(service.STATUSES)))
@click.option("--since", type=click.DateTime(), help="With an event at or after this time, UTC.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)
@with_appcontext
def completions(
    form: str,
    output: Path,
    activity: str | None,
    status: str | None,
    since: datetime | None,
    language: str,
) -> None:
    """Completion records, the latest begun first. The file appears when it is whole."""
    try:
        asked = service.ask(
            None, activity=activity, status=status, since=since and since.replace(tzinfo=UTC)
        )
    except Problem as wrong:
        raise click.ClickException(str(wrong.sentence)) from wrong
    part = output.with_name(f"{output.name}.part")
    with _bar() as bar, part.open("w", encoding="utf-8", newline="") as file:
        task = bar.add_task("Completions", total=service.count(asked))
        file.writelines(
            service.as_csv(
                asked, language=language, told=lambda done: bar.update(task, completed=done)
            )
        )
    os.replace(part, output)
    click.echo(f"{output}: {service.count(asked)} completions")


def _bar() -> Progress:
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*shown, TimeElapsedColumn(), console=Console(stderr=True))
