"""Pages of the completion records: the table, and the same as a file."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import format_date
from flask_babel import lazy_gettext as _l
from werkzeug.utils import secure_filename

from app import activities, exports, permissions, web
from app.errors import Invalid
from app.models import Person
from app.vocabulary import say
from app.web import Link
from records import service
from records.forms import FilterForm
from records.service import Asked

pages = web.Pages("records", __name__)


def navigation(person: Person | None) -> list[Link]:
    """A way to the records for who may read some; in the account menu for who has no other."""
    if not service.is_reader(person):
        return []
    links = [Link(_l("Completions"), "records.completions", 40, "admin")]
    if not permissions.may(person, "people.read"):
        links.append(Link(_l("Completions"), "records.completions", 80, "account"))
    return links


@pages.get("/admin/completions")
def completions() -> Any:
    person = web.signed_in()
    form, asked = _asked(person)
    choices = {one.key: say(one.titles, web.language()) for one in service.readable(person)}
    if asked.key and asked.key not in choices:  # a lesson, a quiz: nobody enters it by itself
        choices[asked.key] = say(activities.get(asked.key).titles, web.language())
    table = _table(asked) if asked.key else None
    return render_template(
        "records/completions.html",
        form=form,
        choices=choices,
        asked=asked,
        table=table,
        query=_query(asked),
    )


@pages.get("/admin/completions.csv")
def file() -> Any:
    _form, asked = _asked(web.signed_in())
    answer = Response(service.as_csv(asked, language=web.language()), mimetype="text/csv")
    name = secure_filename(f"completions-{asked.key or 'all'}.csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _asked(person: Person) -> tuple[FilterForm, Asked]:
    form = FilterForm(request.args)
    if not form.validate():
        raise Invalid({one.name: one.errors[0] for one in form if one.errors})
    day = form.since.data
    return form, service.ask(
        person,
        activity=form.activity.data or None,
        status=form.status.data or None,
        since=datetime.combine(day, time(), UTC) if day else None,
    )


def _query(asked: Asked) -> dict[str, str]:
    """What was asked, as it stands in an address."""
    return {
        name: value
        for name, value in {
            "activity": asked.key,
            "status": asked.status,
            "since": asked.since.date().isoformat() if asked.since else None,
        }.items()
        if value
    }


def _table(asked: Asked) -> dict[str, Any]:
    """The columns that pages show; each cell as a file says it, and in words."""
    rows, following = service.page(asked, cursor=request.args.get("cursor"))
    cells = service.sayer(web.language())
    shown = [(place, one) for place, one in enumerate(exports.columns()) if one.shown]

    def row(stored: Any) -> list[dict[str, Any]]:
        made = cells(stored)
        return [
            {
                "value": exports.plain(made[place]),
                "words": _words(column, stored[place], made[place]),
                "numeric": column.numeric,
            }
            for place, column in shown
        ]

    return {
        "columns": [{"label": one.label, "numeric": one.numeric} for _place, one in shown],
        "rows": [row(stored) for stored in rows],
        "count": service.count(asked),
        "next": _address(asked, following) if following else None,
        "later": "cursor" in request.args,
    }


def _address(asked: Asked, cursor: str) -> str:
    values: dict[str, Any] = {**_query(asked), "cursor": cursor}
    return url_for("records.completions", **values)


def _words(column: exports.Column, stored: Any, cell: Any) -> str:
    if stored is None or stored == "":
        return "–"
    if column.words:
        return column.words(stored)
    return str(format_date(stored, "medium")) if isinstance(stored, datetime) else str(cell)
