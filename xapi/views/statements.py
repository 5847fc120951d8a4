"""The statement browser: what is kept, in words, with the JSON behind it, and as a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import render_template, request, stream_with_context, url_for
from flask_babel import lazy_gettext as _l

from app import db, permissions, web
from app.errors import Invalid
from xapi.forms import Looked
from xapi.service import browsing
from xapi.service.browsing import Wanted

pages = web.Pages("statements", "xapi")

PAGE = 30
"""Statements on a page."""


@pages.get("/admin/statements")
def index() -> Any:
    by = web.signed_in()
    form = Looked(request.args, language=web.language())
    seen: list[browsing.Seen] = []
    following = None
    given = {name: value for name, value in form.data.items() if value}
    try:
        seen, following = browsing.page(
            by,
            wanted(given),
            language=web.language(),
            cursor=request.args.get("cursor"),
            limit=PAGE,
        )
    except Invalid as invalid:
        form.refuse(invalid)
    page = render_template(
        "xapi/statements.html",
        form=form,
        given=given,
        seen=[(one, web.address(one.activity.url) if one.activity else None) for one in seen],
        next_url=url_for(".index", cursor=following, **given) if following else None,
        reads_people=permissions.may(by, "people.read"),
        formats={"csv": "CSV", "jsonl": "JSON Lines"},
    )
    return page, 422 if form.errors else 200


@pages.get("/admin/statements.<any(csv,jsonl):form>")
def file(form: str) -> Any:
    by = web.signed_in()
    form_given = Looked(request.args, language=web.language()).data
    given = {name: value for name, value in form_given.items() if value}
    body = browsing.export(by, wanted(given), form, language=web.language())
    name = f"statements-{db.now():%Y-%m-%d}.{form}"
    return web.download(stream_with_context(body), name=name, mimetype=browsing.FORMATS[form])


def wanted(given: dict[str, Any]) -> Wanted:
    """What stands in the address; days are those of UTC. Raises Invalid."""
    asked = {**given}
    for name, further in (("since", 0), ("until", 1)):
        if name in asked:
            asked[name] = _day(name, asked[name]) + timedelta(days=further)
    return Wanted(**asked)


def _day(name: str, typed: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(typed), time(), UTC)
    except ValueError as wrong:
        raise Invalid({name: _l("Type a day as 2026-11-21.")}) from wrong
