"""Imports: checked first, run in the background, row by row, and done once however often."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import db, erasure, jobs
from app.errors import Conflict, Forbidden, Invalid
from app.models import AuditEntry, Outbox, Person
from cohorts.models import Cohort, Edition, Enrolment, Import, ImportRow, Invitation, Member
from cohorts.service import enrolling, groups, importing, inviting, running
from tests import houses


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


def check(edition: Edition, text: str | bytes, **said: Any) -> Import:
    said.setdefault("by", houses.a_person(role="administrator"))
    content = text.encode() if isinstance(text, str) else text
    with db.transaction() as session:
        held = session.get_one(Edition, edition.activity_id)
        return importing.check(held, content, name=said.pop("name", "list.csv"), **said)


def run(one: Import) -> dict[str, int]:
    with db.transaction() as session:
        held = session.get_one(Import, one.id)
        running.start(held, by=session.get_one(Person, held.uploaded_by))
    running.run({"import": str(one.id)})
    return importing.counts(houses.anew().get_one(Import, one.id))


def verdicts_of(one: Import) -> list[str]:
    rows = select(ImportRow.verdict).where(ImportRow.import_id == one.id)
    return list(houses.anew().scalars(rows.order_by(ImportRow.number)))


def everything(session: Any) -> list[int]:
    tables = (Enrolment, Invitation, Cohort, Member)
    return [session.scalar(select(func.count()).select_from(one)) for one in tables]


def test_every_row_gets_its_verdict(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=5)
    admin = houses.a_person(role="administrator")
    known, closed, seated = houses.a_person(), houses.a_person(active=False), houses.a_person()
    with db.transaction():
        enrolling.enrol(edition, [seated], by=admin)
        inviting.offer(edition, email="kept@x.example", by=admin)
    lines = [
        "email;name;status",
        f"{known.email};Known;", f"{closed.email};Closed;", f"{seated.email};Seated;",
        "kept@x.example;Kept;", "NEW@x.example;New;", "new@x.example;Again;", "no address;Bad;",
        ";Nobody;", "gone@x.example;Gone;inactive", "a;b;c;d", "last@x.example;Last;",
        "late@x.example;Late;",
    ]  # fmt: skip
    one = check(edition, "\n".join(lines))
    expected = [
        "enrols", "inactive", "already_enrolled", "already_invited", "invites", "duplicate",
        "bad_address", "no_address", "skipped", "broken", "invites", "no_seat",
    ]  # fmt: skip
    assert verdicts_of(one) == expected
    rows, _more = importing.rows_of(one)
    assert (rows[5].detail, rows[5].number) == ("6", 7)
    before = everything(houses.anew())
    assert before == [1, 1, 0, 0]  # the check changed nobody
    counts = run(one)
    assert verdicts_of(one) == expected
    assert (counts["enrols"], counts["invites"]) == (1, 2)
    assert everything(houses.anew()) == [2, 3, 0, 0]
    assert enrolling.seats_taken(edition) == 5
    entries = select(AuditEntry).where(AuditEntry.action == "roster.imported")
    assert houses.anew().scalars(entries).one().after["enrols"] == 1


def test_the_same_file_again_changes_nothing(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    text = f"email,cohort1\n{houses.a_person().email},Labour\nnew@x.example,Labour\n"
    first = check(edition, text)
    run(first)
    before, mails = everything(houses.anew()), _mails()
    assert before == [1, 1, 1, 1]
    assert run(first) == {"enrols": 1, "invites": 1}  # once more at the same one
    assert run(check(edition, text)) == {"already_enrolled": 1, "already_invited": 1}
    assert everything(houses.anew()) == before
    assert _mails() == mails == 2


def _mails() -> int:
    jobs.run_due(1000)
    rows = select(func.count()).where(Outbox.task == "mail.send")
    return houses.anew().scalar(rows) or 0


def test_invitations_speak_the_language_of_the_row(house: Flask) -> None:
    edition = houses.an_edition(state="open", languages=["es"])
    text = (
        "email,name,lang,country\na@x.example,A,fr_CA,\nb@x.example,B,,Senegal\nc@x.example,C,,\n"
    )
    run(check(edition, text))
    found = houses.anew().scalars(select(Invitation).order_by(Invitation.email)).all()
    assert [(one.name, one.language) for one in found] == [("A", "fr"), ("B", "fr"), ("C", "es")]


def test_everybody_joins_the_cohort_of_the_import_and_of_the_row(house: Flask) -> None:
    edition, admin = houses.an_edition(state="open"), houses.a_person(role="administrator")
    known, there = houses.a_person(), houses.a_person()
    with db.transaction():
        whole = groups.make("UN", edition.activity.parent, by=admin)
        enrolling.enrol(edition, [there], by=admin)
    text = f"email,cohort1,cohort2\n{known.email},Labour,Bern\n{there.email},,Bern\n"
    run(check(edition, text, cohort=whole))
    rows = select(Cohort.name, func.count()).join(Member).group_by(Cohort.name)
    found = houses.anew().execute(rows).all()
    assert {row[0]: row[1] for row in found} == {"UN": 2, "Labour": 1, "Bern": 2}


def test_a_file_that_is_no_list_is_refused_and_nothing_is_kept(house: Flask) -> None:
    with pytest.raises(Invalid) as wrong:
        check(houses.an_edition(state="open"), b"PK\x03\x04 something else")
    assert list(wrong.value.fields) == ["file"]
    assert houses.anew().scalars(select(Import)).all() == []


def test_an_edition_that_is_over_takes_no_file(house: Flask) -> None:
    with pytest.raises(Conflict):
        check(houses.an_edition(state="closed"), "email\na@x.example\n")


def test_an_edition_that_closes_meanwhile_enrols_nobody_more(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    one = check(edition, "email\na@x.example\n")
    with db.transaction() as session:
        session.get_one(Edition, edition.activity_id).state = "closed"
    assert run(one) == {"over": 1}


def test_seats_are_given_in_the_order_of_the_file(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=70)
    people = "".join(f"p{place:03}@x.example\n" for place in range(120))
    assert run(check(edition, f"email\n{people}")) == {"invites": 70, "no_seat": 50}
    rows = select(func.max(ImportRow.number)).where(ImportRow.verdict == "invites")
    assert houses.anew().scalar(rows) == 71


def test_who_may_not_enrol_may_not_import(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    helper = houses.a_person(role="instructor", within=edition.activity)
    with pytest.raises(Forbidden):
        check(edition, "email\na@x.example\n", by=helper)


def test_erasing_her_erases_her_rows(house: Flask) -> None:
    edition, person = houses.an_edition(state="open"), houses.a_person("Fatou Sarr")
    address = str(person.email)
    one = check(edition, f"email,name\n{address.upper()},Fatou Sarr\nb@x.example,B\n")
    run(one)
    with db.transaction() as session:
        hers = session.get_one(Person, person.id)
        erasure.erase(hers, by=hers)
    assert verdicts_of(one) == ["invites"]


def test_imports_are_purged(house: Flask) -> None:
    one = check(houses.an_edition(state="open"), "email\na@x.example\n")
    waiting = select(Outbox).where(Outbox.task == "cohorts.purge_import")
    due = houses.anew().scalars(waiting).one().due_at
    assert 89 <= (due - db.now()).days <= 90
    importing.purge({"import": str(one.id)})
    assert houses.anew().scalars(select(ImportRow)).all() == []
    assert db.session().scalars(select(Import)).all() == []


def test_rosters_invitations_and_enrolments_at_once_never_take_a_seat_too_many(
    house: Flask,
) -> None:
    """50 acts for 20 seats: enrolments, invitations, confirmations and an import."""
    edition = houses.an_edition(state="open", seats=20)
    admin = houses.a_person(role="administrator")
    persons = [houses.a_person().id for _ in range(20)]
    late = [houses.a_person(email=f"late{n}@x.example", confirmed_at=None).id for n in range(5)]
    for number in range(5):
        with db.transaction():
            inviting.offer(edition, email=f"late{number}@x.example", by=admin)
    imported = check(edition, "email\n" + "".join(f"i{n}@x.example\n" for n in range(20)))
    with db.transaction() as session:
        running.start(session.get_one(Import, imported.id), by=admin)
    place, staff, file = edition.activity_id, admin.id, {"import": str(imported.id)}

    def act(call: Callable[[Any, Edition, Person], Any]) -> None:
        with house.app_context(), suppress(Conflict), db.transaction() as session:
            call(session, session.get_one(Edition, place), session.get_one(Person, staff))

    def enrol(key: UUID) -> Callable[..., Any]:
        return lambda session, held, by: enrolling.enrol(
            held, [session.get_one(Person, key)], by=by
        )

    def invite(number: int) -> Callable[..., Any]:
        return lambda _, held, by: inviting.offer(held, email=f"n{number}@x.example", by=by)

    def confirm(key: UUID) -> None:
        with house.app_context(), db.transaction() as session:
            hers = session.get_one(Person, key, with_for_update=True)
            hers.confirmed_at = db.now()
            inviting.bind(hers)

    def go_on() -> None:
        with house.app_context():
            running.run(file)

    with ThreadPoolExecutor(12) as threads:
        acts = [threads.submit(act, enrol(one)) for one in persons]
        acts.insert(3, threads.submit(go_on))
        acts += [threads.submit(act, invite(number)) for number in range(20)]
        acts += [threads.submit(confirm, one) for one in late]
        for one in acts:
            one.result()
    houses.anew()
    assert enrolling.seats_taken(db.session().get_one(Edition, place)) == 20


def test_pages_from_the_upload_to_the_result(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    admin = houses.a_person(role="course_admin", within=edition.activity.parent)
    client = houses.signed_in(houses.visitor(house), admin)
    path = f"/en/admin/editions/{edition.slug}/imports"
    known = houses.a_person()
    content = f"email;nom\n{known.email};Aïcha\n=no one;=1+1\nnew@x.example;Côté\n".encode("cp1252")
    for wrong in ({}, {"file": (BytesIO(b"%PDF-1.7"), "list.csv")}):
        answer = client.post(f"{path}/new", data=wrong)
        assert answer.status_code == 422
        assert 'href="#file"' in answer.text
    answer = client.post(f"{path}/new", data={"file": (BytesIO(content), "../Côté.csv")})
    assert answer.status_code == 303
    one = answer.location
    page = client.get(one)
    assert "Windows-1252" in page.text
    assert "Refresh" not in page.headers
    assert houses.anew().scalars(select(Enrolment)).all() == []
    assert client.post(f"{one}/run").status_code == 303
    waiting = client.get(one)
    assert waiting.headers["Refresh"] == "2"
    assert "<progress" in waiting.text
    jobs.run_due(1)
    finished = client.get(one)
    assert "Refresh" not in finished.headers
    assert "2" in finished.text
    assert client.get(f"{one}?verdict=bad_address").status_code == 200
    assert client.get(path).status_code == 200
    file = client.get(f"{one}.csv")
    rows = list(csv.reader(StringIO(file.text.removeprefix("\ufeff"))))
    assert rows[0] == ["email", "nom", "row", "verdict", "reason"]
    assert [row[3] for row in rows[1:]] == ["enrols", "bad_address", "invites"]
    assert rows[2][:2] == ["'=no one", "'=1+1"]
    assert len(houses.anew().scalars(select(Enrolment)).all()) == 1


def test_the_same_through_the_api(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    admin = houses.a_person(role="course_admin", within=edition.activity.parent)
    client, headers = houses.visitor(house), houses.bearing(houses.a_token(admin))
    path = f"/api/v1/editions/{edition.slug}/imports"
    raw = {"data": b"email\nnew@x.example\nbad\n", "content_type": "text/csv"}
    made = client.post(f"{path}?name=list.csv", headers=headers, **raw)
    assert made.status_code == 202, made.text
    one = made.headers["Location"]
    assert made.json is not None
    assert made.json["counts"] == {"invites": 1, "bad_address": 1}
    form = {"file": (BytesIO(b"email\nnew@x.example\n"), "form.csv")}
    second = client.post(path, data=form, headers=headers)
    assert second.json is not None
    assert (second.status_code, second.json["name"]) == (202, "form.csv")
    for body in (b"", b"\x89PNG", b'{"not": "a list"}'):
        wrong = client.post(path, data=body, headers=headers, content_type="text/csv")
        assert wrong.status_code == 422
        assert "file" in (wrong.json or {})["errors"]
    listed = client.get(path, headers=headers).json
    assert listed is not None
    assert len(listed["items"]) == 2
    for _ in range(2):
        assert client.post(f"{one}/run", headers=headers).status_code == 202
    jobs.run_due(10)
    state = client.get(one, headers=headers).json
    assert state is not None
    assert (state["state"], state["done"], state["total"]) == ("finished", 2, 2)
    page = client.get(f"{one}/rows?limit=1", headers=headers).json
    assert page is not None
    assert page["items"][0]["verdict"] == "invites"
    rest = client.get(f"{one}/rows?cursor={page['next']}", headers=headers).json
    assert rest is not None
    assert [row["verdict"] for row in rest["items"]] == ["bad_address"]
    assert client.get(f"{one}.csv", headers=headers).text.count("\n") == 3
    assert client.get(f"{one}/rows?verdict=lucky", headers=headers).status_code == 422


def test_the_command_line(house: Flask, tmp_path: Any) -> None:
    edition, admin = houses.an_edition(state="open"), houses.a_person(role="administrator")
    file, told = tmp_path / "list.csv", tmp_path / "verdicts.csv"
    file.write_text("email\na@x.example\nb@x.example\n")
    args = ["cohorts", "import", edition.slug, str(file), "--by", str(admin.email)]
    runner = house.test_cli_runner()
    assert runner.invoke(args=args).exit_code == 0
    assert houses.anew().scalars(select(Invitation)).all() == []
    done = runner.invoke(args=[*args, "--run", "--output", str(told)])
    assert done.exit_code == 0, done.output
    assert len(houses.anew().scalars(select(Invitation)).all()) == 2
    assert "invites" in told.read_text()
    file.write_bytes(b"%PDF-1.7")
    assert runner.invoke(args=args).exit_code == 1


def test_a_run_that_stopped_is_started_again_by_hand(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    one = check(edition, "email\n" + "".join(f"i{n}@x.example\n" for n in range(150)))
    admin = houses.a_person(role="administrator")
    with db.transaction() as session:
        running.start(session.get_one(Import, one.id), by=admin)
    assert running.step(one.id)
    with db.transaction() as session:  # its worker is gone
        held = session.get_one(Import, one.id)
        assert not running.is_still(held)
        held.moved_at = db.now() - 2 * running.STILL
        assert running.is_still(held)
        running.start(held, by=admin)
    jobs.run_due(100)
    assert importing.counts(houses.anew().get_one(Import, one.id)) == {"invites": 150}


def test_whose_address_it_is_is_said_of_who_is_enrolled_alone(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=3)
    known, waiting = houses.a_person(), houses.a_person(confirmed_at=None)
    one = check(edition, f"email\n{known.email}\n{waiting.email}\nnew@x.example\n")

    def said() -> list[Any]:
        rows = houses.anew().scalars(select(ImportRow).order_by(ImportRow.number))
        return [row.seated for row in rows]

    assert said() == [None, None, None]
    run(one)
    assert said() == [known.id, None, None]
