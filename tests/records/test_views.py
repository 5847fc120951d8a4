"""Views that are kept: columns in an order, filters, a direction; one's own, and gone with her."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db, plugins
from app.models import AuditEntry, Person
from records.models import View
from records.service import saving
from tests.houses import a_person
from tests.records.test_completions import Table
from tests.records.test_exports import call, command, from_csv, from_jsonl, from_xlsx, page
from tests.trials import a_walk, walk, with_trials

WISHES = {
    "name": "Ministry",
    "columns": ["email", "score", "name", "registration"],
    "filters": {"course": "walks/treaties", "status": "completed"},
    "sort": "oldest",
}


@pytest.fixture
def house(app: Flask) -> Flask:
    with with_trials(app).app_context(), db.transaction():
        walked, other = a_walk(), a_walk("walks/other")
        for at in range(3):
            person = a_person(f"Learner {at}", email=f"p{at}@example.org")
            walk(person, walked, score=0.5 if at == 1 else 0.8)
        walk(a_person("Elsewhere", email="elsewhere@example.org"), other)
        a_person("Maria Keller", role="administrator", email="maria@example.org")
        a_person("Scoped", role="course_admin", within=walked, email="scoped@example.org")
        a_person("Learner", email="learner@example.org")
    return app


def kept(house: Flask, **changes: Any) -> dict[str, Any]:
    answer = call(house, "completion-views", method="POST", json={**WISHES, **changes})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def test_a_view_decides_columns_filters_and_order_everywhere(house: Flask, tmp_path: Path) -> None:
    view = kept(house)["id"]
    records = call(house, f"completions?view={view}").json["items"]
    assert [one["name"] for one in records] == ["Learner 0", "Learner 2"]
    screen = Table(page(house, f"?view={view}").text).rows[1:]
    assert screen == [[str(one[name]) for name in WISHES["columns"]] for one in records]
    for form, read in (("csv", from_csv), ("xlsx", from_xlsx), ("jsonl", from_jsonl)):
        rows: list[dict[str, Any]] = read(page(house, f".{form}?view={view}").data)  # type: ignore[operator]  # three of a kind
        assert [list(row) for row in rows] == [WISHES["columns"]] * 2
        output = tmp_path / f"out.{form}"
        done = command(house, "--format", form, "--output", str(output), "--view", "Ministry",
                       "--of", "maria@example.org")  # fmt: skip
        assert done.exit_code == 0, done.output
        assert read(output.read_bytes()) == rows


def test_what_is_asked_goes_before_what_the_view_says(house: Flask) -> None:
    view = kept(house)["id"]
    items = call(house, f"completions?view={view}&status=begun").json["items"]
    assert [one["name"] for one in items] == ["Learner 1"]
    assert len(call(house, f"completions?view={view}&status=").json["items"]) == 3
    text = page(house, f"?view={view}&status=&sort=newest").text
    assert len(Table(text).rows) == 1 + 3
    assert "status=&amp;" in text or "&amp;status=" in text


def test_a_view_is_kept_changed_renamed_and_deleted_on_pages(house: Flask) -> None:
    assert page(house, "/views").status_code == 200
    form = page(house, "/views/new?course=walks/treaties&words=Learner").text
    assert 'name="column"' in form
    sent = {"name": "Mine", "sort": "newest", "column": ["name", "email", "score"],
            "place-name": "30", "place-email": "10", "place-score": "20"}  # fmt: skip
    done = page(house, "/views/new?course=walks/treaties&words=Learner", method="POST", data=sent)
    assert done.status_code == 303, done.text
    (view,) = call(house, "completion-views").json["items"]
    assert view["columns"] == ["email", "score", "name"]
    assert view["filters"] == {"course": "walks/treaties"}  # words are somebody's name
    assert "Mine" in page(house, done.location.split("/completions")[1]).text
    path = f"/views/{view['id']}"
    assert 'value="Mine"' in page(house, path).text
    sent["name"] = "Renamed"
    assert page(house, path, method="POST", data=sent).status_code == 303
    assert "Renamed" in page(house, "/views").text
    assert page(house, f"{path}/delete", method="POST").status_code == 303
    assert call(house, "completion-views").json["items"] == []
    with house.app_context():
        said = db.session().scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert [one for one in said if one.startswith("view.")] == [
            "view.kept", "view.kept", "view.deleted",
        ]  # fmt: skip


def test_a_view_is_changed_and_deleted_through_the_api(house: Flask) -> None:
    path = f"completion-views/{kept(house)['id']}"
    changed = call(house, path, method="PATCH", json={"name": "Anew"}).json
    assert changed["name"] == "Anew"
    assert {**changed, "name": "Ministry"}.items() >= WISHES.items()
    assert call(house, path).json["name"] == "Anew"
    assert call(house, path, method="DELETE").status_code == 204
    assert call(house, path).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"columns": []}, "columns"),
        ({"columns": ["password"]}, "columns"),
        ({"filters": {"words": "Zoë"}}, "words"),
        ({"filters": {"lottery": "1"}}, "lottery"),
        ({"filters": {"status": "lost"}}, "status"),
        ({"sort": "sideways"}, "sort"),
    ],
)
def test_a_view_that_cannot_be_is_refused_at_its_field(
    house: Flask, changes: dict[str, Any], field: str
) -> None:
    answer = call(house, "completion-views", method="POST", json={**WISHES, **changes})
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert call(house, "completion-views").json["items"] == []


def test_two_views_of_one_name_are_refused_and_their_number_ends(
    house: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(house)
    assert call(house, "completion-views", method="POST", json=WISHES).status_code == 422
    monkeypatch.setattr(saving, "MOST", 1)
    more = {**WISHES, "name": "More"}
    assert call(house, "completion-views", method="POST", json=more).status_code == 409
    sent = {"name": "More", "sort": "newest", "column": "name"}
    assert page(house, "/views/new", method="POST", data=sent).status_code == 409


def test_a_view_is_nobody_elses_and_shows_nobody_more(house: Flask) -> None:
    view = kept(house, filters={})["id"]
    for path in (f"completions?view={view}", f"completion-views/{view}"):
        assert call(house, path, "scoped@example.org").status_code == 404
    assert page(house, f"?view={view}", "scoped@example.org").status_code == 404
    own = {**WISHES, "filters": {"course": "walks/other"}}
    for email, status in (("scoped@example.org", 403), ("learner@example.org", 403)):
        answer = call(house, "completion-views", email, method="POST", json=own)
        assert answer.status_code == status
    done = command(house, "--output", "-", "--view", "Ministry", "--of", "scoped@example.org")
    assert (done.exit_code, "no such view" in done.output) == (1, True)


def test_a_column_of_a_plugin_that_is_switched_off_is_passed_over_with_a_note(
    house: Flask, make_app: Any
) -> None:
    view = kept(house, columns=["name", "certificate"])["id"]
    alone = with_trials(make_app(PLUGINS_OFF="certificates"))
    assert list(call(alone, f"completions?view={view}").json["items"][0]) == ["name"]
    assert "certificate" in page(alone, f"?view={view}").text
    changed = call(alone, f"completion-views/{view}", method="PATCH", json={"sort": "newest"})
    assert changed.json["columns"] == ["name", "certificate"]


def test_views_are_told_and_forgotten_with_their_person(house: Flask) -> None:
    kept(house)
    with house.app_context(), db.transaction() as session:
        maria = session.scalars(select(Person).where(Person.name == "Maria Keller")).one()
        told = plugins.ring().export_person(person=maria)
        (views,) = [one["records"]["views"] for one in told if "records" in one]
        assert views == [WISHES]
        plugins.ring().forget_person(person=maria)
        assert session.scalars(select(View)).all() == []
