"""The same cells everywhere: on screen, through the API, in each file, by the command; whatever
stands in them, and only for those who may read them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from openpyxl.utils.escape import unescape
from sqlalchemy import select, update

from app import db, exports, jobs, workbook
from app.models import Activity, AuditEntry, Person, Progress
from records.service import asking
from tests.houses import a_person, a_token, bearing, signed_in, visitor
from tests.records.test_completions import Table
from tests.trials import a_walk, walk, with_trials

NASTY = [
    "=1+1",
    "+41 22 917",
    "-2.5",
    "@SUM(A1)",
    "\tTab",
    "\rReturn",
    'Quotes "inside", and, commas; too',
    "Two\nlines",
    "محمد ابن بطوطة",
    "Zoë 🌊 王小明",
    "_x0041_ is no A",
    "é" * 200,
    "'already",
    "  spaces  ",
    "<b>&amp;</b>",
    "NULL",
    "0012",
    "1e5",
]
FORMS = tuple(exports.FORMATS)


@pytest.fixture
def house(app: Flask) -> Flask:
    """A walk and a stroll inside a course, begun by people with nasty names; another walk."""
    with with_trials(app).app_context(), db.transaction() as session:
        walked, other = a_walk(), a_walk("walks/other")
        began = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        for at, name in enumerate(NASTY):
            person = a_person("x", email=f"p{at}@example.org")
            person.name, person.organisation = name, name if at % 2 else None
            person.country = "SN" if at % 3 else None
            moment = began + timedelta(days=at, microseconds=500_000 if at == 3 else 0)
            taken = walk(person, walked, score=0.5 if at % 4 else 0.8, time=moment)
            hers = update(Progress).where(Progress.registration_id == taken.id)
            session.execute(hers.values(last_at=moment))
        walk(a_person("Elsewhere", email="elsewhere@example.org"), other)
        session.flush()
        own = Progress.activity_id == walked.id
        session.scalars(select(Progress).where(own)).first().score = -0.25  # type: ignore[union-attr]  # it is there
        a_person("Maria Keller", role="administrator", email="maria@example.org")
        a_person("Scoped", role="course_admin", within=walked, email="scoped@example.org")
        a_person("Learner", email="learner@example.org")
    return app


def person(house: Flask, email: str = "maria@example.org") -> Person:
    return db.session().scalars(select(Person).where(Person.email == email)).one()


def page(house: Flask, path: str, email: str = "maria@example.org", **more: Any) -> Any:
    with house.app_context():
        client = signed_in(visitor(house), person(house, email))
    return client.open(f"/en/admin/completions{path}", **more)


def call(house: Flask, path: str, email: str = "maria@example.org", **more: Any) -> Any:
    with house.app_context():
        headers = bearing(a_token(person(house, email))) | {"Accept-Language": "en"}
    return visitor(house).open(f"/api/v1/{path}", headers=headers, **more)


def command(house: Flask, *said: str) -> Any:
    return house.test_cli_runner().invoke(args=["export", "completions", *said])


def from_csv(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def from_xlsx(raw: bytes) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).active
    assert sheet is not None
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, map(_unescaped, row), strict=True)) for row in rows]  # type: ignore[arg-type]  # the header is text


def _unescaped(value: Any) -> Any:
    return unescape(value) if isinstance(value, str) else value


def from_jsonl(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.splitlines()]


@pytest.mark.parametrize("query", ["activity=walks/treaties", "course=walks/treaties&sort=oldest"])
def test_six_ways_say_the_same_cell_by_cell(house: Flask, tmp_path: Path, query: str) -> None:
    records = call(house, f"completions?{query}").json["items"]
    assert {one["name"] for one in records} == set(NASTY)
    assert -0.25 in [one["score"] for one in records]
    files = {form: page(house, f".{form}?{query}").data for form in FORMS}
    for form in FORMS:
        output = tmp_path / f"out.{form}"
        given = [f"--{one}".replace("=", " ") for one in query.split("&")]
        done = command(house, "--format", form, "--output", str(output), *" ".join(given).split())
        assert done.exit_code == 0, done.output
        through_api = call(house, f"completions.{form}?{query}")
        assert through_api.mimetype == exports.FORMATS[form]
        if form != "xlsx":  # which says when it was made
            assert output.read_bytes() == files[form] == through_api.data
        else:
            assert from_xlsx(output.read_bytes()) == from_xlsx(files[form])
            assert from_xlsx(through_api.data) == from_xlsx(files[form])
    assert from_jsonl(files["jsonl"]) == records
    lines, cells = from_csv(files["csv"]), from_xlsx(files["xlsx"])
    assert len(lines) == len(cells) == len(records)
    for record, line, row in zip(records, lines, cells, strict=True):
        assert sorted(record) == sorted(line)
        assert list(line) == list(row)
        for name, value in record.items():
            assert line[name] == str(exports.cell(value)), name
            assert row[name] == (value or None if isinstance(value, str) else value), name
    screen = Table(page(house, f"?{query}").text).rows[1:]
    with house.app_context():
        several = {"title"} if "course" in query else set()
        columns = [one.name for one in exports.columns() if one.shown or one.name in several]
    assert screen == [
        ["" if record[name] is None else str(record[name]) for name in columns]
        for record in records
    ]  # fmt: skip


def test_no_cell_of_a_csv_is_run_and_a_negative_number_stays_a_number(house: Flask) -> None:
    lines = from_csv(page(house, ".csv?activity=walks/treaties").data)
    assert "-0.25" in [one["score"] for one in lines]
    for line in lines:
        for name in ("name", "organisation", "email"):
            assert not line[name].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_spreadsheet_keeps_its_header_in_sight_and_runs_nothing(house: Flask) -> None:
    raw = page(house, ".xlsx?activity=walks/treaties").data
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert next(cell for cell in cells if cell.value == "=1+1").quotePrefix


def test_more_rows_than_a_spreadsheet_holds_are_refused_before_it_begins(
    house: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 5)
    assert page(house, ".xlsx?activity=walks/treaties").status_code == 422
    answer = call(house, "completions.xlsx?activity=walks/treaties")
    assert (answer.status_code, "CSV" in answer.json["errors"]["format"]) == (422, True)
    done = command(house, "--format", "xlsx", "--output", str(tmp_path / "out.xlsx"))
    assert done.exit_code == 1
    assert "CSV" in done.output
    assert list(tmp_path.glob("out*")) == []
    assert page(house, ".csv?activity=walks/treaties").status_code == 200


DOORS = ["?{}", ".csv?{}", ".xlsx?{}", ".jsonl?{}"]


@pytest.mark.parametrize("way", [page, call])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("activity=walks/treaties", 200),
        ("activity=walks/treaties/read", 200),
        ("course=walks/treaties", 200),
        ("edition=walks/treaties", 200),
        ("activity=walks/other", 403),
        ("activity=walks/other/read", 403),
        ("course=walks/other", 403),
        ("edition=walks/other", 403),
        ("activity=walks/treaties&course=walks/other", 403),
        ("activity=walks/treaties&edition=walks/other", 403),
        ("", 200),
        ("words=Elsewhere", 200),
    ],
)
@pytest.mark.only("sqlite")
def test_a_course_admin_of_one_course_sees_nobody_of_another(
    house: Flask, way: Any, door: str, query: str, status: int
) -> None:
    path = door.format(query) if way is page else f"completions{door.format(query)}"
    answer = way(house, path, "scoped@example.org")
    assert answer.status_code == status
    assert b"elsewhere@example.org" not in answer.data
    if answer.mimetype == workbook.MIMETYPE:
        assert "Elsewhere" not in {one["name"] for one in from_xlsx(answer.data)}


@pytest.mark.parametrize("way", [page, call])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.only("sqlite")
def test_a_learner_sees_nobody(house: Flask, way: Any, door: str) -> None:
    path = door.format("") if way is page else f"completions{door.format('')}"
    assert way(house, path, "learner@example.org").status_code == 403


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("words=ZOE", 1),
        ("words=p1@", 1),
        ("words=nobody", 0),
        ("course=walks/treaties", len(NASTY)),
        ("edition=walks/treaties&activity=walks/treaties/read", len(NASTY)),
        ("course=walks/other", 1),
        ("since=2026-03-03T00:00:00Z&until=2026-03-05T00:00:00Z&course=walks/treaties", 2),
        ("until=2026-03-01T09:00:00Z", 0),
    ],
)
def test_filters_choose(house: Flask, query: str, count: int) -> None:
    with house.app_context(), db.transaction() as session:
        for one in session.scalars(select(Person)):
            one.folded = ""  # a flush folds the name anew
            one.certificate_name = one.name
    assert len(call(house, f"completions?{query}").json["items"]) == count
    assert len(from_csv(page(house, f".csv?{query}").data)) == count


def test_the_day_that_a_form_names_is_meant_whole(house: Flask) -> None:
    text = page(house, "?course=walks/treaties&since=2026-03-02&until=2026-03-03").text
    assert len(Table(text).rows) == 1 + 2
    assert 'value="2026-03-03"' in text
    assert page(house, "?since=yesterday").status_code == 422


@pytest.mark.parametrize(
    "query",
    ["sort=sideways", "status=lost", "view=0", "view=00000000-0000-4000-8000-000000000000",
     "course=walks/none", "until=9999-12-31", "since=0001-01-01"],
)  # fmt: skip
def test_a_wrong_question_gets_a_clear_answer(house: Flask, query: str) -> None:
    for door in DOORS:
        assert page(house, door.format(query)).status_code in (200, 404, 422)
        assert call(house, f"completions{door.format(query)}").status_code in (200, 404, 422)


def test_pages_go_on_in_either_order(house: Flask) -> None:
    for sort in asking.SORTS:
        cursor: str | None = ""
        seen: list[str] = []
        while cursor is not None:
            found = call(house, f"completions?limit=5&sort={sort}&cursor={cursor}").json
            seen += [one["begun"] for one in found["items"]]
            cursor = found["next"]
        assert len(seen) == len(NASTY) + 1
        assert seen == sorted(seen, reverse=sort == "newest")


def test_a_file_that_staff_take_leaves_a_trace_without_anybodys_name(house: Flask) -> None:
    page(house, ".csv?course=walks/treaties&words=Zoe")
    call(house, "completions.xlsx?activity=walks/treaties")
    with house.app_context():
        jobs.chores["completions.exported"]()
        jobs.chores["completions.exported"]()
        action = AuditEntry.action == "completions.exported"
        first, second = db.session().scalars(
            select(AuditEntry)
            .where(action, AuditEntry.actor_id.is_not(None))  # others are of other tests' houses
            .order_by(AuditEntry.id)
        )
        assert first.actor is not None
        assert first.actor.name == "Maria Keller"
        assert first.after == {
            "format": "csv", "course": "walks/treaties", "words": "…", "rows": 1,
        }  # fmt: skip
        assert second.after == {
            "format": "xlsx", "activity": "walks/treaties", "rows": len(NASTY),
        }  # fmt: skip


def test_a_command_writes_to_the_standard_output(house: Flask) -> None:
    done = command(house, "--format", "jsonl", "--output", "-", "--course", "walks/other")
    assert done.exit_code == 0
    assert [one["name"] for one in from_jsonl(done.stdout_bytes)] == ["Elsewhere"]


def test_the_page_counts_only_so_far(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.views.COUNTED", 5)
    assert "More than 5 rows in all" in page(house, "").text


def test_an_activity_of_the_course_can_be_chosen_on_the_page(house: Flask) -> None:
    with house.app_context():
        assert db.session().scalars(select(Activity)).first()
    text = page(house, "").text
    assert 'value="walks/treaties"' in text
    assert 'value="walks/other"' in text
    assert 'value="walks/other"' not in page(house, "", "scoped@example.org").text
