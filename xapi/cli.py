"""`passage xapi`: moving a store, and the credentials with which other systems speak to /xapi."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app import bars, db
from app.errors import Invalid, Problem
from xapi import credentials
from xapi.service import access, exporting, importing, mentions


@click.group("xapi")
def group() -> None:
    """The statement store, and who may speak to it."""


@group.command("refresh")
@with_appcontext
def refresh() -> None:
    """Let statements that an earlier version stored be found as new ones are."""
    last: int | None = 0
    while last is not None:
        with db.transaction():
            last = mentions.refresh(last)
    click.echo("All statements are found by all that they name.")


@group.command("export")
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--since", type=click.DateTime(), help="Stored after this time (UTC).")
@click.option("--until", type=click.DateTime(), help="Stored at this time (UTC) at the latest.")
@with_appcontext
def export(output: Path, since: datetime | None, until: datetime | None) -> None:
    """Write the whole store into a file of JSON Lines, compressed where its name ends in .gz.

    One that was interrupted goes on when it is called again in the same words.
    """
    first, last = (one and one.replace(tzinfo=UTC) for one in (since, until))
    with _said(), bars.bar() as bar:
        task = bar.add_task("Statements", total=exporting.total(first, last))
        counts = exporting.export(
            output,
            since=first,
            until=last,
            told=lambda done: bar.update(task, completed=done),
        )
    click.echo("; ".join(f"{count} × {kind}" for kind, count in counts.items()) or "nothing")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--trusted", is_flag=True, help="Let what says so in the file move progress.")
@with_appcontext
def import_(file: Path, trusted: bool) -> None:
    """Keep what an export holds. Killed, it goes on when called again; what is there stays."""
    with _said(), bars.bar() as bar:
        task = bar.add_task("Lines", total=None)
        report = importing.bring(
            file, trusted=trusted, told=lambda done: bar.update(task, completed=done)
        )
    for number, reason in report.reasons:
        click.echo(f"line {number}: {reason}", err=True)
    added = ", ".join(f"{count} × {kind}" for kind, count in report.added.items())
    click.echo(f"added: {added or 'nothing'}; there already: {report.known}")
    if trusted:
        click.echo("Now run: passage progress rebuild")
    if report.refused:
        raise click.ClickException(f"{report.refused} lines were refused")
    if not report.whole:
        raise click.ClickException("the file has no end: something is missing in it")


@group.group("credential")
def credential() -> None:
    """Keys and secrets of other systems."""


@credential.command("add")
@click.argument("key")
@click.option("--label", default="", help="What it is for.")
@click.option("--authority", help="The account that its statements name; by default the key.")
@click.option("--days", type=click.IntRange(1), help="How long it lives; by default for ever.")
@click.option("--limit", help='How often it may come ("100 per minute"); by default always.')
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(list(credentials.SCOPES)),
    default=["statements/write", "statements/read/mine"],
    show_default=True,
)
@with_appcontext
def add(
    key: str,
    label: str,
    authority: str | None,
    days: int | None,
    limit: str | None,
    scopes: tuple[str, ...],
) -> None:
    """Make a credential; its secret is shown this once."""
    if key == access.DEMONSTRATION:
        raise click.ClickException("this key belongs to the demonstration")
    with _said(), db.transaction():
        secret = access.add(
            key,
            label=label,
            scopes=scopes,
            authority=authority,
            expires_at=db.now() + timedelta(days=days) if days else None,
            limit=limit,
            app_key=current_app.config["SECRET_KEY"],
        )
    click.echo(f"key     {key}\nsecret  {secret}")


@credential.command("list")
@with_appcontext
def list_() -> None:
    """Every credential of a system: key, state, scopes, authority, when last used for storing,
    limit, label."""
    for one in access.every():
        click.echo(
            "\t".join(
                (
                    one.key,
                    access.state(one),
                    ",".join(one.scopes),
                    one.authority,
                    one.last_used_at.isoformat(timespec="seconds") if one.last_used_at else "-",
                    one.rate_limit or "-",
                    one.label,
                )
            )
        )


@credential.command("revoke")
@click.argument("key")
@with_appcontext
def revoke(key: str) -> None:
    """End a credential at once."""
    with _said(), db.transaction():
        access.revoke(key)
    click.echo(f"{key} is revoked")


@contextmanager
def _said() -> Iterator[None]:
    """Says a problem as one line, not as a traceback."""
    try:
        yield
    except Invalid as problem:
        lines = (f"{name}: {sentence}" for name, sentence in problem.fields.items())
        raise click.ClickException("; ".join(lines)) from problem
    except Problem as problem:
        raise click.ClickException(str(problem.sentence)) from problem
