"""`passage cohorts`: a file of people is checked, and enrolled; everybody is judged anew."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import accounts, db, jobs
from app.errors import Invalid, Problem
from app.models import Person
from cohorts import verdicts
from cohorts.service import editions, importing, running, standings


@click.group("cohorts")
def cohorts() -> None:
    """Editions and their people."""


@cohorts.command("import")
@click.argument("edition")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="The address of the member of staff who does it.")
@click.option("--run", is_flag=True, help="Enrol and invite; without it the file is checked.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Verdicts as CSV.")
@with_appcontext
def import_file(edition: str, file: Path, by: str, run: bool, output: Path | None) -> None:
    """Enrol the people of a CSV or XLSX FILE into the EDITION with this slug."""
    try:
        with db.transaction():
            staff = _staff(by)
            found = editions.get_as_staff(staff, edition, "enrolments.write")
            made = importing.check(found, file.read_bytes(), name=file.name, by=staff).id
        if run:
            _run(made, by)
    except Problem as wrong:
        said = wrong.fields.values() if isinstance(wrong, Invalid) else [wrong.sentence]
        raise click.ClickException(" ".join(map(str, said))) from wrong
    _tell(made, by, output)


@cohorts.command("standings")
@with_appcontext
def restand() -> None:
    """Judge everybody enrolled anew, after `passage progress rebuild` changed something."""
    click.echo(f"{standings.refresh_everywhere()} editions")
    jobs.run_due(10_000)


def _staff(address: str) -> Person:
    person = accounts.find(address)
    if person is None:
        raise click.ClickException(f"nobody has the address {address}")
    return person


def _run(key: UUID, by: str) -> None:
    with db.transaction():
        staff = _staff(by)
        one = running.start(importing.get_any(key, by=staff), by=staff)
        total = one.total
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*shown, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("People", total=total)
        while running.step(key):
            bar.update(task, completed=importing.done(importing.get_any(key, by=_staff(by))))
        bar.update(task, completed=total)


def _tell(key: UUID, by: str, output: Path | None) -> None:
    one = importing.get_any(key, by=_staff(by))
    words = verdicts.words(one.state)
    for name, count in importing.counts(one).items():
        click.echo(f"{count:>6}  {words[name]}")
    if output:
        with output.open("wb") as target:
            target.writelines(importing.file(one))
