"""`passage export completions`: the completion records as a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import exports
from app.config import LANGUAGES
from app.errors import Problem
from records.service import asking, files, saving, table


def export() -> click.Group:
    """Made for each house: the filters that its plugins contribute are options of it."""
    own = [
        _option("--activity", help='Of this one, by its key: "modules/m1".'),
        _option("--course", help="Of what was entered inside it, by its key."),
        _option("--edition", help="Of what was entered there, by its key."),
        _option("--status", type=click.Choice(list(asking.STATUSES))),
        _option("--since", type=click.DateTime(), help="Last event at or after it, UTC."),
        _option("--until", type=click.DateTime(), help="Last event before it, UTC."),
        _option("--words", help="In the name or the address."),
        _option("--sort", type=click.Choice(list(asking.SORTS))),
    ]
    more = [
        _option(f"--{one.name}", help=f"{one.name} of the record.") for one in exports.filters()
    ]
    command = click.Command(
        "completions",
        params=[*_FILE, *own, *more],
        callback=with_appcontext(_completions),
        help="Completion records, the latest begun first. The file appears when it is whole.",
    )
    return click.Group("export", [command], help="What the house knows, as files.")


def _option(name: str, **more: Any) -> click.Option:
    return click.Option([name], **more)


_FILE = [
    click.Option(
        ["--format", "form"],
        type=click.Choice(list(exports.FORMATS)),
        default="csv",
        show_default=True,
    ),
    click.Option(
        ["--output"],
        required=True,
        type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
        help="- writes to the standard output.",
    ),
    click.Option(["--view"], help="The name of a view; --of says whose it is."),
    click.Option(["--of"], help="The address of the owner of the view."),
    click.Option(
        ["--language"], type=click.Choice(list(LANGUAGES)), default="en", show_default=True
    ),
]


def _completions(
    form: str, output: Path, view: str | None, of: str | None, language: str, **given: Any
) -> None:
    times = {name: _utc(given[name]) for name in asking.TIMES}
    try:
        kept = saving.named(view, of=of) if view else None
        asked = asking.ask(None, view=kept, **{**given, **times})
        with _bar() as bar, _opened(output) as file:
            task = bar.add_task("Completions", total=table.count(asked))
            made = files.export(
                asked,
                form,
                by=None,
                language=language,
                told=lambda done: bar.update(task, completed=done),
            )
            file.writelines(made.body)
            done = int(bar.tasks[task].completed)
    except Problem as wrong:
        raise click.ClickException(_sentence(wrong)) from wrong
    files.write_traces()
    click.echo(f"{output}: {done} completions", err=True)


def _utc(time: datetime | None) -> datetime | None:
    return time and time.replace(tzinfo=UTC)


def _sentence(wrong: Problem) -> str:
    fields = getattr(wrong, "fields", {})
    return " ".join(str(one) for one in fields.values()) or str(wrong.sentence)


@contextmanager
def _opened(output: Path) -> Iterator[IO[bytes]]:
    """The file, which stands at its place when it is whole, or not at all."""
    if str(output) == "-":
        yield sys.stdout.buffer
        return
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        os.replace(part, output)
    finally:
        part.unlink(missing_ok=True)


def _bar() -> Progress:
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*shown, TimeElapsedColumn(), console=Console(stderr=True))
