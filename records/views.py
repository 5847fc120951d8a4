"""Pages of the completion records: the table, the same as a file, and views that are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import activities, exports, permissions, templating, web
from app.errors import Invalid
from app.models import Activity, Person
from app.vocabulary import say
from app.web import Link
from records.forms import FilterForm, KeepForm, choices, picked
from records.models import View
from records.service import asking, files, saving, table
from records.service.asking import Asked

pages = web.Pages("records", __name__)

COUNTED = 1_000
"""Records that the page counts; it says "more" of what is beyond."""


def navigation(person: Person | None) -> list[Link]:
    """A way to the records for who may read some; in the account menu for who has no other."""
    if not asking.is_reader(person):
        return []
    links = [Link(_l("Completions"), "records.completions", 40, "admin")]
    if not permissions.may(person, "people.read"):
        links.append(Link(_l("Completions"), "records.completions", 80, "account"))
    return links


@pages.get("/admin/completions")
def completions() -> Any:
    person = web.signed_in()
    asked, view = _asked(person)
    return render_template(
        "records/completions.html",
        form=_form(person, asked),
        contributed=_contributed(person, asked),
        asked=asked,
        view=view,
        views=saving.of_person(person),
        table=_table(asked, view),
        query=_query(asked, view),
        formats=_FORMATS,
    )


@pages.get("/admin/completions.<any(csv,xlsx,jsonl):form>")
def file(form: str) -> Any:
    person = web.signed_in()
    asked, _view = _asked(person)
    made = files.export(asked, form, by=person, language=web.language())
    return web.download(made.body, name=made.name, mimetype=made.mimetype)


@pages.get("/admin/completions/views")
def views() -> Any:
    person = web.signed_in()
    return render_template("records/views.html", views=saving.of_person(person))


@pages.route("/admin/completions/views/new", methods=["GET", "POST"])
def new_view() -> Any:
    person = web.signed_in()
    asked, _view = _asked(person)
    return _keep(person, asked, None)


@pages.route("/admin/completions/views/<uuid:view_id>", methods=["GET", "POST"])
def change_view(view_id: UUID) -> Any:
    person = web.signed_in()
    view = saving.get(view_id, by=person)
    return _keep(person, asking.ask(person, view=view, **_given()), view)


@pages.post("/admin/completions/views/<uuid:view_id>/delete")
def delete_view(view_id: UUID) -> Any:
    person = web.signed_in()
    saving.drop(saving.get(view_id, by=person), by=person)
    flash(_("The view is deleted."), "success")
    return redirect(url_for("records.views"), 303)


def _asked(person: Person) -> tuple[Asked, View | None]:
    """What the address asks for."""
    view = saving.find(request.args.get("view"), by=person)
    return asking.ask(person, view=view, **_given()), view


def _given() -> dict[str, Any]:
    """The filters in the address; one that is there and empty is asked to be so."""
    given: dict[str, Any] = {name: request.args.get(name) for name in asking.names()}
    for name, further in (("since", 0), ("until", 1)):  # a day of the form is meant whole
        if len(day := given[name] or "") == len("2026-11-21"):
            given[name] = _midnight(day, further) or day
    return given


def _midnight(day: str, further: int) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(further), time(), UTC)
    except (ValueError, OverflowError):
        return None


def _form(person: Person, asked: Asked) -> FilterForm:
    given = asked.given
    ends = {name: given[name] for name in asking.TIMES if name in given}
    if "until" in ends:
        last = datetime.fromisoformat(ends["until"]) - timedelta(microseconds=1)
        ends["until"] = last.isoformat()
    form = FilterForm(data={**given, **{name: end[:10] for name, end in ends.items()}})
    course, edition = (
        activities.find(given[name]) if name in given else None for name in ("course", "edition")
    )
    form.course.choices = choices(_l("All"), *_offered(asking.courses(person), course))
    editions = asking.editions(course) if course else []
    form.edition.choices = choices(_l("All"), *_offered(editions, edition))
    return form


def _offered(some: Any, chosen: Activity | None) -> list[tuple[str, str]]:
    """These activities and the one that is chosen, with their titles."""
    every = {one.key: one for one in some}
    if chosen is not None:
        every.setdefault(chosen.key, chosen)
    return [(key, say(one.titles, web.language())) for key, one in every.items()]


def _contributed(person: Person, asked: Asked) -> list[dict[str, Any]]:
    """The filters that plugins contribute, with what they offer; a value that is asked for stays
    to be chosen."""
    given = asked.given
    beside = activities.find(given.get("edition") or given.get("course") or "")
    found = []
    for one in exports.filters():
        offered = dict(one.choices(person, beside.id if beside else None))
        chosen = given.get(one.name, "")
        if chosen:
            offered.setdefault(chosen, chosen)
        if offered:
            found.append(
                {"name": one.name, "label": one.label, "choices": offered, "chosen": chosen}
            )
    return found


def _query(asked: Asked, view: View | None) -> dict[str, Any]:
    """What was asked, as it stands in an address; with a view, also what it says and is cleared."""
    cleared = {name: "" for name in view.filters if name not in asked.given} if view else {}
    return {**cleared, **asked.given, **({"view": view.id} if view else {})}


_FORMATS = {
    "csv": _l("CSV"),
    "xlsx": _l("Spreadsheet (XLSX)"),
    "jsonl": _l("JSON Lines"),
}


def _table(asked: Asked, view: View | None) -> dict[str, Any]:
    """The columns that pages show; each cell as a file says it, and in words."""
    rows, following = table.page(asked, cursor=request.args.get("cursor"))
    cells = table.sayer(asked, web.language())
    shown = [(place, one) for place, one in enumerate(asked.columns) if _is_shown(one, asked)]
    says = [(place, one, _wording(one)) for place, one in shown]

    def row(stored: Any) -> list[tuple[Any, str, str]]:
        """Of each cell what a file says, the same in words, and how it is set."""
        made = cells(stored)
        values = [(exports.plain(made[place]), stored[place], one, say) for place, one, say in says]
        return [
            ("" if value is None else value, words := say(kept, value), _setting(one, words))
            for value, kept, one, say in values
        ]

    query = _query(asked, view)
    later = "cursor" in request.args
    return {
        "columns": [
            {"name": one.name, "label": one.label, "numeric": one.numeric} for _place, one in shown
        ],
        "rows": [row(stored) for stored in rows],
        "count": None if later else table.count(asked, COUNTED + 1),
        "counted": COUNTED,
        "next": url_for("records.completions", **query, cursor=following) if following else None,
        "turned": url_for(
            "records.completions", **{**query, "sort": "oldest" if asked.newest else "newest"}
        ),
        "title": _title(asked),
    }


def _is_shown(column: exports.Column, asked: Asked) -> bool:
    """A table of one activity says its title once, above."""
    return column.shown or asked.chosen or (column.name == "title" and asked.subject is None)


def _title(asked: Asked) -> str:
    key = asked.subject or asked.given.get("course")
    return say(activities.get(key).titles, web.language()) if key else _("All courses and modules")


def _setting(column: exports.Column, words: str) -> str:
    return "number" if column.numeric else "wordy" if len(words) > 24 else ""


def _wording(column: exports.Column) -> Callable[[Any, Any], str]:
    """What puts the cells of a column into words, from what is stored and what a file says: few
    of those on a page differ."""
    known: dict[Any, str] = {}

    def words(stored: Any, value: Any) -> str:
        if stored is None or stored == "":
            return "–"
        if column.words is None:
            is_time = isinstance(stored, datetime)
            return templating.medium_day(stored) if is_time else str(value)
        if value not in known:
            known[value] = column.words(stored)
        return known[value]

    return words


def _keep(person: Person, asked: Asked, view: View | None) -> Any:
    form = KeepForm(data={"name": view.name if view else "", "sort": asked.sort})
    if form.validate_on_submit():
        try:
            kept = saving.keep(
                person,
                columns=picked(request.form),
                filters=saving.filters_of(asked),
                view=view,
                **form.values(),
            )
            flash(_("The view is kept."), "success")
            return redirect(url_for("records.completions", view=kept.id), 303)
        except Invalid as invalid:
            form.refuse(invalid)
    ticked = picked(request.form) if form.is_submitted() else _ticked(asked)
    return render_template(
        "records/view.html",
        form=form,
        view=view,
        rows=_rows(ticked),
        kept=saving.filters_of(asked),
        kept_words=_kept_words(person, asked),
    ), form.status


def _ticked(asked: Asked) -> list[str]:
    return [one.name for one in asked.columns if _is_shown(one, asked)]


def _rows(ticked: list[str]) -> list[dict[str, Any]]:
    """Every column, those that are ticked first and in their order."""
    every = {one.name: one.label for one in exports.columns()}
    order = [*ticked, *(name for name in every if name not in ticked)]
    return [
        {
            "name": name,
            "label": every.get(name, name),
            "ticked": name in ticked,
            "known": name in every,
        }
        for name in order
    ]


def _kept_words(person: Person, asked: Asked) -> list[tuple[Any, Any]]:
    """The filters that a view keeps, in words."""
    kept = saving.filters_of(asked)
    words: dict[str, Any] = {"status": asking.STATUSES.get(kept.get("status", ""))}
    for name in asking.PLACES:
        if name in kept:
            words[name] = say(activities.get(kept[name]).titles, web.language())
    labels: dict[str, Any] = {one.name: one.label.text for one in FilterForm()}
    labels["activity"] = _l("Activity")
    for one in _contributed(person, asked):
        labels[one["name"]] = one["label"]
        words[one["name"]] = one["choices"].get(one["chosen"])
    return [(labels.get(name, name), words.get(name) or value[:10]) for name, value in kept.items()]
