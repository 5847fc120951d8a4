"""`passage xapi`: the credentials with which other systems speak to /xapi."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
from flask import current_app
from flask.cli import with_appcontext

from app import db
from app.errors import Invalid, Problem
from xapi import credentials
from xapi.service import access, mentions


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
