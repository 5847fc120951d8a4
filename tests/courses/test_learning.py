"""A learner's way through the lessons, on two devices and in two languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import activities, content, db, events, plugins
from app.events import LearningEvent, Selection
from app.models import Progress, Registration
from courses import openings
from tests.courses.conftest import LESSONS, MODULE, Learner
from tests.houses import a_person, signed_in


def _told(app: Flask) -> list[LearningEvent]:
    """Every statement that is kept, in the order of time; two of one act share theirs."""
    with app.app_context():
        stored = list(plugins.ring().stored_events(selection=Selection()))
    return sorted(stored, key=lambda event: event.time)


def _verbs(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [(one.verb, activities.key_of(one.activity)) for one in _told(app)]


def _registration() -> Registration:
    return db.session().scalars(select(Registration)).one()


def test_beginning_twice_is_beginning_once(learner: Learner) -> None:
    for device in (learner.phone, learner.desk, learner.phone):
        answer = device.post(f"/fr{MODULE}")
        assert answer.status_code == 302
        assert answer.location.endswith(f"/fr{MODULE}/l1")
    told = sorted(_verbs(learner.app))
    assert told == [("initialized", "modules/m1"), ("registered", "modules/m1")]


def test_before_she_begins_a_lesson_offers_to_begin(learner: Learner) -> None:
    answer = learner.phone.get(f"/fr{MODULE}/l2")
    assert answer.status_code == 403
    assert f'action="/fr{MODULE}"' in answer.text
    assert learner.phone.post(f"/fr{MODULE}/l2").status_code == 403
    assert learner.phone.post(f"/fr{MODULE}/l2/place").status_code == 403
    assert _verbs(learner.app) == []


def test_a_visitor_is_sent_to_sign_in_and_comes_back(house: Flask) -> None:
    for method in ("get", "post"):
        answer = getattr(house.test_client(), method)(f"/es{MODULE}/l1")
        assert answer.status_code == 302
        assert answer.location.startswith("/es/login?next=")
        assert f"{MODULE}/l1" in answer.location


def test_the_whole_way_one_lesson_after_the_other(beginner: Learner) -> None:
    for lesson, following in zip(LESSONS, (*LESSONS[1:], "quiz"), strict=True):
        answer = beginner.done(lesson)
        assert answer.status_code == 302
        assert following in answer.location
    completed = [key for verb, key in _verbs(beginner.app) if verb == "completed"]
    assert completed == [f"modules/m1/{lesson}" for lesson in LESSONS]
    with beginner.app.app_context():
        registration = _registration()
        row = db.session().get_one(Progress, (registration.id, registration.activity_id))
        assert row.share == pytest.approx(4 / 5)
        assert row.status == "begun"


def test_she_goes_on_where_she_stopped_on_another_device(beginner: Learner) -> None:
    beginner.done("l1")
    assert f'href="/fr{MODULE}/l2"' in _main(beginner.desk.get(f"/fr{MODULE}").text)
    assert beginner.desk.post(f"/fr{MODULE}/l3/place").status_code == 204
    home = beginner.phone.get("/fr/").text
    assert f'class="button" href="/fr{MODULE}/l3"' in home
    assert f'class="button" href="/fr{MODULE}/l3"' in beginner.phone.get("/fr/my").text
    assert beginner.desk.post(f"/fr{MODULE}").location.endswith(f"{MODULE}/l3")


def _main(page: str) -> str:
    return page.partition("<main")[2]


def test_where_she_stopped_is_passed_over_once_it_is_done(beginner: Learner) -> None:
    for lesson in ("l1", "l2"):
        beginner.done(lesson)
    beginner.desk.post(f"/fr{MODULE}/l1/place")
    assert beginner.desk.post(f"/fr{MODULE}").location.endswith(f"{MODULE}/l3")


def test_a_double_click_and_a_second_tab_are_one_completion(beginner: Learner) -> None:
    first, second = beginner.done("l1"), beginner.done("l1")
    third = beginner.desk.post(f"/en{MODULE}/l1")
    assert {first.status_code, second.status_code, third.status_code} == {302}
    assert _verbs(beginner.app).count(("completed", "modules/m1/l1")) == 1


def test_the_language_may_change_in_the_middle(beginner: Learner) -> None:
    page = beginner.phone.get(f"/fr{MODULE}/l2").text
    assert f'href="/en{MODULE}/l2"' in page
    beginner.done("l1", "fr")
    beginner.done("l2", "en")
    done = [one for one in _told(beginner.app) if one.verb == "completed"]
    assert [one.language for one in done] == ["fr", "en"]
    assert len({one.registration_id for one in done}) == 1
    english = beginner.desk.get(f"/en{MODULE}").text
    assert english.count("station-done") == 2


def test_every_lesson_is_read_in_ones_language(beginner: Learner) -> None:
    folder = Path(beginner.app.config["CONTENT"]) / "modules" / "m1"
    for language in ("en", "fr", "es"):
        said = content.read(folder / f"module.{language}.json")["lessons"]
        for lesson in LESSONS:
            page = unescape(beginner.phone.get(f"/{language}{MODULE}/{lesson}").text)
            source = (folder / f"{lesson}.{language}.md").read_text()
            assert f"<h1>{said[lesson]['title']}</h1>" in page
            for heading in re.findall(r"^## (.+)$", source, re.MULTILINE):
                assert f">{heading}</h2>" in page
            assert '<cite class="citation"' in page
            assert 'href="law:' not in page
            assert 'data-key="next"' in page
            assert ('data-key="previous"' in page) == (lesson != "l1")


def test_the_time_spent_runs_from_the_opening_and_is_capped(beginner: Learner) -> None:
    beginner.done("l1")
    _complete(beginner, "l2", "forged.token.here")
    _complete(beginner, "l3", "")
    seconds = [
        one.result.seconds for one in _told(beginner.app) if one.verb == "completed" and one.result
    ]
    assert seconds[0] is not None
    assert 0 <= seconds[0] < 60
    assert seconds[1:] == [None, None]


def _complete(learner: Learner, lesson: str, opened: str) -> None:
    answer = learner.phone.post(f"/fr{MODULE}/{lesson}", data={"opened": opened})
    assert answer.status_code == 302


def test_an_opening_speaks_of_one_lesson_of_one_registration(house: Flask) -> None:
    with house.app_context():
        ids = [events.new_id() for _ in range(2)]
    token = openings.sign("secret", ids[0], "modules/m1/l1")
    assert openings.seconds("secret", token, ids[0], "modules/m1/l1") is not None
    assert openings.seconds("secret", token, ids[1], "modules/m1/l1") is None
    assert openings.seconds("secret", token, ids[0], "modules/m1/l2") is None
    assert openings.seconds("other", token, ids[0], "modules/m1/l1") is None
    assert openings.seconds("secret", None, ids[0], "modules/m1/l1") is None


def test_an_open_page_is_not_counted_for_days(
    beginner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "seconds", lambda *_: 3 * 24 * 3600.0)
    beginner.done("l1")
    (done,) = [one for one in _told(beginner.app) if one.verb == "completed"]
    assert done.result is not None
    assert done.result.seconds == 2 * 3600


def test_a_module_in_preparation_cannot_be_begun(learner: Learner) -> None:
    """may_learn"""
    answer = learner.phone.post("/fr/courses/labour-migration")
    assert answer.status_code == 403
    assert learner.phone.post("/fr/courses/iml-geneva").status_code == 404
    assert _verbs(learner.app) == []


def test_a_retired_lesson_says_so_and_takes_nothing(beginner: Learner, folder: Path) -> None:
    for path in (folder / "modules" / "m1").glob("l2.*.md"):
        path.unlink()
    with beginner.app.app_context(), db.transaction():
        content.load(str(folder))
    assert beginner.phone.get(f"/fr{MODULE}/l2").status_code == 404
    assert beginner.phone.post(f"/fr{MODULE}/l2").status_code == 404
    assert beginner.phone.post(f"/fr{MODULE}/l2/place").status_code == 404
    assert ("completed", "modules/m1/l2") not in _verbs(beginner.app)
    answer = beginner.done("l1")
    assert answer.location.endswith(f"{MODULE}/l3")


def test_a_lesson_without_my_language_is_shown_in_another_and_says_so(
    beginner: Learner, folder: Path
) -> None:
    (folder / "modules" / "m1" / "l1.es.md").unlink()
    with beginner.app.app_context(), db.transaction():
        content.load(str(folder))
    page = beginner.phone.get(f"/es{MODULE}/l1").text
    assert '<div lang="en">' in page
    assert "To leave, to return, to enter" in page


def test_reading_writes_nothing(beginner: Learner) -> None:
    before = _verbs(beginner.app)
    for path in (f"{MODULE}/l1", f"{MODULE}/l4", MODULE, "/courses", "/my", "/"):
        assert beginner.phone.get(f"/fr{path}").status_code == 200
    assert _verbs(beginner.app) == before
    with beginner.app.app_context():
        assert _registration().resume is None


def test_somebody_else_sees_nothing_of_it(beginner: Learner) -> None:
    beginner.done("l1")
    with beginner.app.app_context():
        other = signed_in(beginner.app.test_client(), a_person("Juan Pérez"))
    assert other.get(f"/fr{MODULE}/l1").status_code == 403
    assert "station-done" not in other.get(f"/fr{MODULE}").text
    assert 'class="registration"' not in other.get("/fr/my").text


def test_saved_says_the_time_of_the_last_thing_kept(beginner: Learner) -> None:
    beginner.done("l1")
    last = max(one.time for one in _told(beginner.app))
    said = f'<time datetime="{last.isoformat()}">'
    for path in (f"{MODULE}/l2", MODULE, "/my"):
        assert said in beginner.phone.get(f"/fr{path}").text


def test_my_learning_explains_what_is_missing(beginner: Learner) -> None:
    """panels"""
    beginner.done("l1")
    page = beginner.phone.get("/fr/my").text
    assert page.count("verdict-met") == 1
    assert page.count("verdict-unmet") == 5
    assert f'href="/fr{MODULE}/l2"' in page


def test_without_a_store_the_lessons_can_be_read_and_nothing_is_begun(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PLUGINS_OFF="xapi", PROPAGATE_EXCEPTIONS=False)
    with app.app_context():
        with db.transaction():
            content.fix_site()
            content.load()
        client = signed_in(app.test_client(), a_person())
    assert client.get(f"/fr{MODULE}").status_code == 200
    assert client.post(f"/fr{MODULE}").status_code >= 400
    with app.app_context():
        assert db.session().scalars(select(Registration)).all() == []


def test_the_module_is_completed_with_its_last_missing_part(beginner: Learner) -> None:
    for lesson in LESSONS:
        beginner.done(lesson)
    with beginner.app.app_context(), db.transaction():
        _pass_the_quiz(_registration())
    assert ("completed", "modules/m1") in _verbs(beginner.app)
    page = beginner.phone.get(f"/fr{MODULE}").text
    assert "verdict-unmet" not in page
    assert 'method="post" action="/fr/courses' not in page


def _pass_the_quiz(registration: Registration) -> None:
    quiz = activities.find("modules/m1/quiz")
    result = events.Result(success=True, score=0.9)
    events.publish(
        events.happened("passed", registration, language="fr", activity=quiz, result=result)
    )
