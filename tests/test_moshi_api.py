"""A course in Moshi through /api/v1 only: copied, filled, attended, examined, awarded."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import Outbox
from tests import moshi
from tests.moshi import Client, confirmed, examined, whose, work


@pytest.fixture
def admin(app: Flask) -> Client:
    moshi.prepared(app)
    with app.app_context():
        return Client(app, whose(moshi.ADMIN))


def copied(admin: Client) -> str:
    """This year's edition: last year's, on a Monday three weeks ago, published."""
    new = {"slug": moshi.THIS, "starts_on": moshi.monday().isoformat()}
    made = admin.call("POST", f"/editions/{moshi.LAST}/copy", status=201, json=new)
    assert (made["sessions"], made["taken"], made["state"]) == (10, 0, "draft")
    admin.call("PUT", f"/editions/{moshi.THIS}/state", json={"state": "open"})
    return f"/editions/{moshi.THIS}"


def filled(app: Flask, admin: Client, edition: str) -> None:
    """Twenty-five people from the messy file: two are invited, three rows are told apart."""
    upload = {"file": (io.BytesIO(moshi.roster()), "moshi.csv")}
    made = admin.call("POST", f"{edition}/imports", status=202, data=upload)
    work(app)
    here = f"/imports/{made['id']}"
    dry = admin.call("GET", here)
    assert admin.call("GET", f"{edition}/overview")["taken"] == 0, "a dry run changes nothing"
    wanted = {"enrols": 23, "invites": 2, "duplicate": 1, "bad_address": 1, "broken": 1}
    assert {name: count for name, count in dry["counts"].items() if count} == wanted
    for _ in range(2):
        admin.call("POST", f"{here}/run", status=202)
        work(app)
        assert admin.call("GET", f"{edition}/overview")["taken"] == 25


def attended(admin: Client, edition: str, registrations: dict[int, str]) -> None:
    """Ten half days are marked."""
    sessions = admin.every(f"{edition}/sessions")
    assert len(sessions) == 10
    for number, session in enumerate(sessions):
        here = f"{edition}/sessions/{session['id']}/attendance"
        marks = {registrations[at]: mark for at, mark in moshi.marks(number).items()}
        assert admin.call("PUT", here, json={"marks": marks})["saved"] == 25
        assert {one["registration"]: one["mark"] for one in admin.every(here)} == marks


def awarded(app: Flask, admin: Client, sort: str, chosen: list[str] | None) -> dict[str, Any]:
    """Certificates of a sort: previewed, then given to exactly those."""
    here = f"/activities/editions/{moshi.THIS}/awards"
    asked = {"sort": sort, "registrations": chosen}
    preview = admin.call("POST", f"{here}/preview", status=201, json=asked)
    assert preview["awarded"] == 0
    for _ in range(2):
        admin.call("POST", here, json={"preview": preview["id"]})
    work(app)
    return dict(admin.call("GET", f"/releases/{preview['id']}"))


def test_a_course_in_moshi_without_a_page(app: Flask, admin: Client) -> None:
    edition = copied(admin)
    filled(app, admin, edition)
    for at in moshi.INVITED:
        confirmed(app, at)
    registered = {one["name"]: one["registration"] for one in admin.every(f"{edition}/roster")}
    registrations = {at: registered[moshi.name(at)] for at in range(25)}
    attended(admin, edition, registrations)
    for at in range(25):
        examined(app, at, right=at not in moshi.FAILING)

    completed = {one["name"] for one in admin.every(f"{edition}/roster?status=completed")}
    assert completed == {moshi.name(at) for at in moshi.COMPLETING}
    with app.app_context():
        assert (
            not db.session()
            .scalars(select(Outbox).where(Outbox.task == "events.kept", Outbox.done_at.is_(None)))
            .all()
        )
    assert awarded(app, admin, "completion", None)["awarded"] == 19
    rest = [registrations[at] for at in range(25) if at not in moshi.COMPLETING]
    assert awarded(app, admin, "participation", rest)["awarded"] == 6

    sheaf = admin.call("GET", f"/activities/editions/{moshi.THIS}/certificates.zip")
    with zipfile.ZipFile(io.BytesIO(sheaf)) as files:
        assert len(files.namelist()) == 26
        index = list(csv.DictReader(io.StringIO(files.read("index.csv").decode("utf-8-sig"))))
        assert sorted(one["sort"] for one in index) == ["completion"] * 19 + ["participation"] * 6

    asked = f"edition=editions/{moshi.THIS}"
    shown = admin.every(f"/completions?{asked}")
    text = admin.call("GET", f"/completions.csv?{asked}").decode("utf-8-sig")
    file = list(csv.DictReader(io.StringIO(text)))
    assert [as_text(one) for one in shown] == file
    assert len(file) == 25
    assert sum(one["status"] == "completed" for one in file) == 19


def as_text(record: dict[str, Any]) -> dict[str, str]:
    """A record as a file says it; nobody in this one is a formula."""
    return {name: "" if one is None else str(one) for name, one in record.items()}
