"""Completion records: one answer on the screen, through the API, in the file and by the command."""

from __future__ import annotations

import csv
import io
import tracemalloc
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import db, exports
from app.errors import Forbidden
from app.models import Person
from certificates.models import Certificate
from certificates.service import changing
from records.service import asking, reading, table
from tests.houses import a_person, a_token, bearing, signed_in
from tests.records.crowd import a_crowd
from tests.trials import a_walk, walk, with_trials

HOSTILE = '=HYPERLINK("https://evil.example")'


@pytest.fixture
def house(app: Flask) -> Flask:
    """Five people on one walk and one on another; the second has a hostile organisation."""
    with with_trials(app).app_context(), db.transaction() as session:
        walked, other = a_walk(), a_walk("walks/other")
        for at in range(5):
            person = a_person(
                ["Aïcha Ndiaye", "王小明", "محمد", "José", "Zoë"][at],
                email=f"p{at}@example.org",
                country="SN",
                organisation=HOSTILE if at == 1 else "Ministry",
            )
            walk(person, walked, score=0.5 if at == 4 else 0.8)
        walk(a_person("Elsewhere", email="elsewhere@example.org"), other)
        admin = a_person("Maria Keller", role="administrator")
        a_person("Scoped", role="course_admin", within=walked, email="scoped@example.org")
        a_person("Teacher", role="instructor", email="teacher@example.org")
        first = session.scalars(select(Certificate)).first()
        assert first is not None
        changing.revoke(first, by=admin, reason="A test.")
    return app


def somebody(house: Flask, name: str) -> Person:
    with house.app_context():
        return db.session().scalars(select(Person).where(Person.name == name)).one()


def as_staff(house: Flask, name: str = "Maria Keller") -> FlaskClient:
    return signed_in(house.test_client(), somebody(house, name))


def headers(house: Flask, name: str = "Maria Keller") -> dict[str, str]:
    person = somebody(house, name)
    with house.app_context():
        return bearing(a_token(person)) | {"Accept-Language": "en"}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class Table(HTMLParser):
    """The values of the cells of the table on a page, row by row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        value = dict(attrs).get("data-value")
        if value is not None:
            self.rows[-1].append(value)


def test_screen_interface_file_and_command_say_the_same_cell_by_cell(
    house: Flask, tmp_path: Path
) -> None:
    key = "walks/treaties"
    client = as_staff(house)
    screen = Table(client.get(f"/en/admin/completions?activity={key}").text).rows[1:]
    file = client.get(f"/en/admin/completions.csv?activity={key}")
    assert file.mimetype == "text/csv"
    answer = house.test_client().get(f"/api/v1/completions?activity={key}", headers=headers(house))
    output = tmp_path / "out.csv"
    done = house.test_cli_runner().invoke(
        args=["export", "completions", "--format", "csv", "--output", str(output),
              "--activity", key]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert output.read_bytes() == file.data
    assert not output.with_name("out.csv.part").exists()

    records = answer.json["items"]
    lines = rows_of(file.get_data(as_text=True))
    assert len(records) == len(lines) == len(screen) == 5
    with house.app_context():
        shown = [column.name for column in exports.columns() if column.shown]
    for record, line, seen in zip(records, lines, screen, strict=True):
        assert set(record) == set(line)
        for name, value in record.items():
            assert str(exports.cell(value)) == line[name], name
        assert seen == ["" if record[name] is None else str(record[name]) for name in shown]


def test_a_record_says_what_was_done_in_plain_units(house: Flask) -> None:
    client = house.test_client()
    answer = client.get("/api/v1/completions?activity=walks/treaties", headers=headers(house))
    by_name = {one["name"]: one for one in answer.json["items"]}
    done = by_name["王小明"]
    assert done["status"] == "completed"
    assert done["share"] == 1.0
    assert done["title"] == "Reading treaties"
    assert done["activity"] == "walks/treaties"
    assert done["completed"].endswith("Z")
    assert done["certificate"].startswith("IML-")
    assert done["score"] == 0.8
    assert done["time_spent"] == "PT2M5.5S"
    assert done["revoked"] is None
    failed = by_name["Zoë"]
    assert (failed["status"], failed["completed"], failed["certificate"]) == ("begun", None, None)
    assert sum(one["revoked"] is not None for one in by_name.values()) == 1


def test_no_cell_of_the_file_is_run_by_a_spreadsheet(house: Flask) -> None:
    text = as_staff(house).get("/en/admin/completions.csv?activity=walks/treaties").text
    organisations = {one["organisation"] for one in rows_of(text)}
    assert organisations == {"'" + HOSTILE, "Ministry"}
    for line in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


def test_pages_go_on_by_key_and_miss_nobody(house: Flask) -> None:
    client, said = house.test_client(), headers(house)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(
            "/api/v1/completions",
            query_string={"activity": "walks/treaties", "limit": 2, "cursor": cursor},
            headers=said,
        ).json
        seen += [one["registration"] for one in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("activity=walks/treaties&status=completed", 4),
        ("activity=walks/treaties&status=begun", 1),
        ("activity=walks/treaties&since=2020-01-01T00:00:00Z", 5),
        ("activity=walks/treaties&since=2099-01-01T00:00:00Z", 0),
        ("", 6),
        ("status=completed", 5),
    ],
)
def test_filters_choose(house: Flask, query: str, count: int) -> None:
    answer = house.test_client().get(f"/api/v1/completions?{query}", headers=headers(house))
    assert len(answer.json["items"]) == count


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("activity=walks/none", 404),
        ("status=lost", 422),
        ("since=yesterday", 422),
        ("since=2026-01-01T00:00:00", 422),
        ("cursor=nonsense", 422),
        ("limit=100000", 422),
    ],
)
def test_a_wrong_question_gets_a_clear_answer(house: Flask, query: str, status: int) -> None:
    answer = house.test_client().get(f"/api/v1/completions?{query}", headers=headers(house))
    assert answer.status_code == status
    assert answer.json["detail"]
    page = as_staff(house).get(f"/fr/admin/completions?{query}")
    assert page.status_code in (200, status)


def test_a_course_admin_reads_what_is_hers_and_nothing_else(house: Flask) -> None:
    client, said = house.test_client(), headers(house, "Scoped")
    own = client.get("/api/v1/completions?activity=walks/treaties", headers=said)
    assert len(own.json["items"]) == 5
    inside = client.get("/api/v1/completions?activity=walks/treaties/read", headers=said)
    assert inside.status_code == 200
    other = client.get("/api/v1/completions?activity=walks/other", headers=said)
    assert other.status_code == 403
    everything = client.get("/api/v1/completions", headers=said).json["items"]
    assert {one["activity"] for one in everything} == {"walks/treaties"}
    page = as_staff(house, "Scoped").get("/en/admin/completions")
    assert 'value="walks/treaties"' in page.text
    assert 'value="walks/other"' not in page.text


@pytest.mark.parametrize("name", ["Teacher", "José"])
def test_instructors_and_learners_read_no_records(house: Flask, name: str) -> None:
    said = headers(house, name)
    for path in ("", "?activity=walks/treaties"):
        answer = house.test_client().get(f"/api/v1/completions{path}", headers=said)
        assert answer.status_code == 403
        for file in ("completions", "completions.csv"):
            assert as_staff(house, name).get(f"/en/admin/{file}{path}").status_code == 403


def test_strangers_are_sent_to_sign_in(house: Flask) -> None:
    assert house.test_client().get("/en/admin/completions").status_code == 302
    assert house.test_client().get("/en/admin/completions.csv").status_code == 302
    assert house.test_client().get("/api/v1/completions").status_code == 401


def test_an_erased_person_stays_counted_without_name_or_address(house: Flask) -> None:
    person_id = somebody(house, "José").id
    with house.app_context(), db.transaction() as session:
        person = session.get_one(Person, person_id)
        person.name, person.email, person.organisation = "", None, None
        person.erased_at = db.now()
    text = as_staff(house).get("/en/admin/completions.csv?activity=walks/treaties").text
    (line,) = [one for one in rows_of(text) if one["person"] == str(person_id)]
    assert (line["name"], line["email"], line["status"]) == ("", "", "completed")
    assert as_staff(house).get("/es/admin/completions?activity=walks/treaties").status_code == 200


def test_the_records_live_without_certificates(house: Flask, make_app: Any) -> None:
    alone = make_app(PLUGINS_OFF="certificates")
    with with_trials(alone).app_context():
        asked = asking.ask(None, activity="walks/treaties")
        assert "certificate" not in table.header(asked)
        assert sum(len(part[0]) for part in reading.stream(asked, "en")) == 5


def test_a_command_with_a_wrong_key_leaves_no_file(house: Flask, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    done = house.test_cli_runner().invoke(
        args=["export", "completions", "--output", str(output), "--activity", "walks/none"]
    )
    assert done.exit_code == 1
    assert "Error" in done.output
    assert list(tmp_path.glob("out*")) == []


def test_the_service_itself_asks_for_the_right(house: Flask) -> None:
    with house.app_context():
        person = db.session().scalars(select(Person).where(Person.name == "Teacher")).one()
        with pytest.raises(Forbidden):
            asking.ask(person, activity="walks/treaties")


def test_ten_thousand_rows_are_streamed_in_small_memory(app: Flask) -> None:
    with with_trials(app).app_context(), db.transaction():
        a_crowd(10_000)
        a_person("Maria Keller", role="administrator")
    client = as_staff(app)
    client.get("/en/admin/completions.csv?activity=walks/other")
    tracemalloc.start()
    lines = size = 0
    answer = client.get("/en/admin/completions.csv?activity=walks/crowd", buffered=False)
    for piece in answer.response:
        size += len(piece)
        lines += piece.count(b"\n")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines == 10_001
    assert size > 2_000_000
    assert peak < 12_000_000


def test_durations_are_iso_8601() -> None:
    said = {0: "PT0S", 5.5: "PT5.5S", 60: "PT1M", 3725.25: "PT1H2M5.25S", 86_400: "PT24H"}
    assert {seconds: exports.duration(seconds) for seconds in said} == said
    assert exports.duration(None) is None
