"""A whole store moves: out of one house and into another, where it says the same."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from sqlalchemy import func, select

from app import activities, db, events, progress, projection, registrations
from app.errors import Conflict, Problem
from app.events import Result
from app.models import AuditEntry, Person, Progress, Registration
from tests import databases
from tests.houses import a_person, with_content
from tests.xapi.packets import attachment, contents, piece, send
from tests.xapi.senders import Sender, a_sender, told, void
from xapi.models import Credential, Document, Mention, Spoken, Statement
from xapi.service import exporting, importing
from xapi.service.arriving import Report

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
SPACED = (
    '{"actor" : {"mbox":"mailto:ana@b.example"},\n "verb":{"id":"urn:v"}, "object":{"id":"urn:o"}}'
)


@pytest.fixture
def house(app: Flask) -> Flask:
    """A house in which people learned, something was taken back, and strangers told of much."""
    with_content(app)
    sender: Sender = a_sender(app, authority="elsewhere")
    with app.app_context(), db.transaction():
        for name in ("Ana", "Zoé"):
            _learn(a_person(name))
    first, second = told(), told()
    about = {"id": "urn:thing", "definition": {"name": {"en": "A thing"}}}
    group = {"objectType": "Group", "member": [first["actor"]]}
    more = [void(first["id"]), void(told()["id"]), told(object=about, context={"team": group})]
    assert sender.post([first, second, *more]).status_code == 200
    assert sender.post(SPACED).status_code == 200
    where = {"activityId": "urn:a", "agent": '{"mbox":"mailto:ana@b.example"}', "stateId": "s"}
    sender.client.put(
        "/xapi/activities/state", query_string=where, data=b"\0\xff", headers=sender.headers
    )
    return app


def _learn(person: Person) -> None:
    module = next(iter(activities.of_kind("module")))
    registration = registrations.begin(person, module, language="fr")
    lessons = list(activities.children(module, "lesson"))
    done = [
        events.happened(
            "completed", registration, language="fr", activity=one, result=Result(seconds=3)
        )
        for one in lessons[:3]
    ]
    events.publish(*done)
    events.publish(
        events.happened(
            "voided", registration, language=None, activity=lessons[1], takes_back=done[1].id
        )
    )


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[Flask]:
    """A house with the same address and content and nobody in it, on a database of this kind."""
    kind = database_kind if request.param == "same" else OTHER[database_kind]
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with databases.fresh(kind, folder) as url:
        made = databases.assemble(url, folder)
        with_content(made)
        yield made
        databases.put_away(made)


def both(test: Callable[..., None]) -> Any:
    return pytest.mark.parametrize("elsewhere", ["same", "other"], indirect=True)(test)


def rows(app: Flask) -> list[tuple[Any, ...]]:
    with app.app_context():
        found = db.session().scalars(
            select(Progress).order_by(Progress.registration_id, Progress.activity_id)
        )
        return [tuple(getattr(one, name) for name in projection.Row.__slots__) for one in found]


_KEPT = [one.name for one in Statement.__table__.columns if one.name != "seq"]


def kept(app: Flask) -> dict[str, Any]:
    """Everything that moves, but for the order in which it came."""
    with app.app_context():
        session = db.session()
        keys = (
            select(Mention.key, Statement.statement_id)
            .join(Statement, Statement.seq == Mention.seq)
            .order_by(Mention.key, Statement.statement_id)
        )
        of = {
            table.__tablename__: sorted(
                repr([getattr(one, name) for name in names])
                for one in session.scalars(select(table))
            )
            for table, names in (
                (Statement, _KEPT),
                (Spoken, ["id", "iri", "definition"]),
                (Document, [one.name for one in Document.__table__.columns]),
                (Registration, ["id", "person_id", "activity_id", "opened_at", "closed_at"]),
            )
        }
        return {**of, "mentions": [tuple(row) for row in session.execute(keys)]}


def taken(app: Flask, file: Path, **bounds: Any) -> dict[str, int]:
    with app.app_context():
        return exporting.export(file, **bounds)


def brought(app: Flask, file: Path, *, trusted: bool = True) -> Report:
    with app.app_context():
        return importing.bring(file, trusted=trusted)


def rebuilt(app: Flask) -> progress.Rebuilt:
    with app.app_context(), db.transaction():
        return progress.rebuild()


@both
def test_a_store_that_moved_gives_the_same_progress(
    house: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "store.jsonl.gz"
    counts = taken(house, file)
    report = brought(elsewhere, file)
    assert report.reasons == []
    assert report.whole
    assert report.added == counts
    rebuilt(elsewhere)
    assert len(rows(house)) > 5
    assert rows(elsewhere) == rows(house)
    assert kept(elsewhere) == kept(house)
    with elsewhere.app_context():
        (entry,) = db.session().scalars(select(AuditEntry))
        assert (entry.action, entry.actor_id) == ("statements.imported", None)
        assert entry.after is not None
        assert entry.after["added"] == counts
        assert db.session().scalars(select(Person.name)).all() == ["", ""]


@pytest.mark.parametrize("elsewhere", ["same"], indirect=True)
def test_a_second_import_changes_nothing(house: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    file = tmp_path / "store.jsonl"
    taken(house, file)
    brought(elsewhere, file)
    before = kept(elsewhere)
    again = brought(elsewhere, file)
    assert set(again.added) <= {"activity"}
    assert (again.refused, again.known > 10) == (0, True)
    assert kept(elsewhere) == before
    assert brought(house, file).refused == 0
    assert kept(house) == before


@pytest.mark.parametrize("elsewhere", ["same"], indirect=True)
def test_nothing_moves_progress_unless_the_file_is_trusted(
    house: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "store.jsonl"
    taken(house, file)
    assert brought(elsewhere, file, trusted=False).refused == 0
    assert rebuilt(elsewhere).rows == 0
    with elsewhere.app_context():
        assert not db.session().scalar(
            select(func.count()).select_from(Statement).where(Statement.moves.is_(True))
        )
        assert not db.session().scalar(select(func.count()).select_from(Registration))
    assert brought(elsewhere, file).refused == 0
    rebuilt(elsewhere)
    assert rows(elsewhere) == rows(house)


@pytest.mark.parametrize("elsewhere", ["same"], indirect=True)
def test_an_import_that_was_killed_goes_on(
    house: Flask, elsewhere: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "store.jsonl"
    taken(house, file)
    monkeypatch.setattr(importing, "PIECE", 3)

    def killed(line: int) -> None:
        if line > 7:
            raise KeyboardInterrupt

    with elsewhere.app_context(), pytest.raises(KeyboardInterrupt):
        importing.bring(file, trusted=True, told=killed)
    with elsewhere.app_context():
        some = db.session().scalar(select(func.count()).select_from(Statement)) or 0
        assert 0 < some < len(kept(house)["xapi_statement"])
    assert brought(elsewhere, file).refused == 0
    assert kept(elsewhere) == kept(house)


@pytest.mark.parametrize("name", ["store.jsonl", "store.jsonl.gz"])
@pytest.mark.parametrize("at", [1, 3, 4, 6])
def test_an_export_that_was_interrupted_goes_on(
    house: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: int
) -> None:
    taken(house, tmp_path / "whole.jsonl")
    monkeypatch.setattr(exporting, "PIECE", 4)
    pieces: list[int] = []

    def interrupted(done: int) -> None:
        pieces.append(done)
        if len(pieces) == at:
            raise KeyboardInterrupt

    file, part = tmp_path / name, tmp_path / f"{name}.part"
    with house.app_context(), pytest.raises(KeyboardInterrupt):
        exporting.export(file, told=interrupted)
    with part.open("ab") as half:
        half.write(b'{"line":"state')
    a_sender(house, "later").post(told())
    assert not file.exists()
    assert part.stat().st_mode & 0o077 == 0
    taken(house, file)
    read = gzip.open if name.endswith("gz") else open
    with read(file, "rb") as source:
        lines = source.read().splitlines()[1:]
    assert lines == (tmp_path / "whole.jsonl").read_bytes().splitlines()[1:]
    assert sorted(one.name for one in tmp_path.glob("store*")) == [name]


def test_an_export_overwrites_nothing_and_tells_no_secret(house: Flask, tmp_path: Path) -> None:
    file = tmp_path / "store.jsonl"
    taken(house, file)
    with pytest.raises(Conflict):
        taken(house, file)
    with house.app_context():
        (credential,) = db.session().scalars(select(Credential))
        assert credential.digest not in file.read_text()
        bodies = set(db.session().scalars(select(Statement.body)))
    said = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
    assert {one["line"] for one in said} == {
        *("house", "registration", "statement", "activity", "document", "end")
    }
    raw = file.read_text()
    assert all(body in raw for body in bodies if "\n" not in body)
    assert {one["text"] for one in said if "text" in one} == {b for b in bodies if "\n" in b}


@pytest.mark.parametrize("elsewhere", ["same"], indirect=True)
def test_a_wrong_line_stops_no_other(house: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    file = tmp_path / "store.jsonl"
    taken(house, file)
    lines = file.read_bytes().splitlines(keepends=True)
    broken = [
        b"no JSON\n",
        b'{"line":"credential","key":"x"}\n',
        b'{"line":"statement","body":{"id":5}}\n',
        b'{"line":"statement","body":{"id":"%s"}}\n' % told()["id"].encode(),
        b'{"line":"activity","id":"https://passage.example/activities/x","definition":{}}\n',
        b'{"line":"document","resource":"x","name":"a","type":"b",'
        b'"updated":"2026-01-01T00:00:00Z","content":""}\n',
    ]
    ours = next(one for one in lines if b'"moves":true' in one)
    theirs = next(one for one in lines if b'"authority":"elsewhere"' in one)
    broken.append(theirs.replace(b'"authority":"elsewhere"', b'"authority":"other"', 1))
    person = json.loads(ours)["body"]["context"]["registration"].encode()
    broken.append(ours.replace(person, told()["id"].encode()).replace(*_another(ours)))
    file.write_bytes(b"".join([lines[0], *broken, *lines[1:-1]]))
    report = brought(elsewhere, file)
    assert {number for number, _ in report.reasons} == set(range(2, 2 + len(broken)))
    assert not report.whole
    assert kept(elsewhere) == kept(house)


def _another(line: bytes) -> tuple[bytes, bytes]:
    return json.loads(line)["body"]["id"].encode(), told()["id"].encode()


def test_a_file_of_another_house_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "store.jsonl"
    taken(app, file)
    other = tmp_path / "other.jsonl"
    other.write_bytes(file.read_bytes().replace(b"passage.example", b"other.example"))
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    for wrong in (other, empty):
        with pytest.raises(Problem):
            brought(app, wrong)


def test_the_commands_say_what_was_done(house: Flask, tmp_path: Path) -> None:
    run, file = house.test_cli_runner(), str(tmp_path / "store.jsonl.gz")
    done = run.invoke(args=["xapi", "export", "--output", file])
    assert done.exit_code == 0, done.output
    assert "× statement" in done.output
    done = run.invoke(args=["xapi", "import", file, "--trusted"])
    assert done.exit_code == 0, done.output
    assert "progress rebuild" in done.output
    Path(file).write_bytes(Path(file).read_bytes()[:-30])
    done = run.invoke(args=["xapi", "import", file])
    assert done.exit_code == 1
    assert "breaks off" in done.output
    again = run.invoke(args=["xapi", "export", "--output", file])
    assert (again.exit_code, "there already" in again.output) == (1, True)
    late = str(tmp_path / "late.jsonl")
    done = run.invoke(args=["xapi", "export", "--output", late, "--since", "2999-01-01"])
    assert done.exit_code == 0
    assert b'"statement"' not in Path(late).read_bytes()


LARGE, SMALL = bytes(range(256)) * 9_000, b"a note"  # three pieces, and one


def with_files(app: Flask) -> list[str]:
    """Two statements with attachments, one of which both name."""
    sender = a_sender(app, key="files")
    first, second = (
        told(attachments=[attachment(SMALL), attachment(LARGE)]),
        told(attachments=[attachment(SMALL)]),
    )
    assert send(sender, [first, second], piece(LARGE), piece(SMALL)).status_code == 200
    return [first["id"], second["id"]]


@both
def test_what_is_attached_moves_with_its_statements(
    house: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    one, _ = with_files(house)
    counts = taken(house, tmp_path / "store.jsonl.gz")
    assert counts["content"] == 4
    report = brought(elsewhere, tmp_path / "store.jsonl.gz")
    assert (report.refused, report.whole, report.added["content"]) == (0, True, 2)
    reader = a_sender(elsewhere, key="reader")
    found = contents(reader.get(statementId=one, attachments="true"))
    assert sorted(found, key=len) == [SMALL, LARGE]
    again = brought(elsewhere, tmp_path / "store.jsonl.gz")
    assert (again.refused, again.added.get("content")) == (0, None)


def test_an_interrupted_export_of_contents_goes_on(house: Flask, tmp_path: Path) -> None:
    with_files(house)
    file = tmp_path / "store.jsonl"
    taken(house, tmp_path / "whole.jsonl")
    with house.app_context():
        until = json.loads((tmp_path / "whole.jsonl").read_bytes().splitlines()[0])["until"]

        class Stop(Exception):
            pass

        def stop(_: int) -> None:
            if b'"line":"content"' in file.with_name("store.jsonl.part").read_bytes():
                raise Stop

        bound = datetime.fromisoformat(until)
        with pytest.raises(Stop):
            exporting.export(file, until=bound, told=stop)
        db.session().rollback()
        exporting.export(file, until=bound)
    assert file.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.parametrize("elsewhere", ["same"], indirect=True)
def test_contents_that_were_changed_are_refused_with_who_names_them(
    house: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    with_files(house)
    file = tmp_path / "store.jsonl"
    taken(house, file)
    lines = file.read_bytes().splitlines(keepends=True)
    at = next(place for place, line in enumerate(lines) if b'"line":"content"' in line)
    changed = json.loads(lines[at])
    changed["piece"] = b64encode(b"x" + b64decode(changed["piece"])[1:]).decode()
    lines[at] = json.dumps(changed).encode() + b"\n"
    file.write_bytes(b"".join(lines))
    report = brought(elsewhere, file)
    reasons = [why for _, why in report.reasons]
    assert "contents that have another hash" in reasons
    assert "what is attached to it is not in the file" in reasons
    assert report.whole
