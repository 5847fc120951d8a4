"""An attempt from the first answer to the result, by the API."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from app import activities, db, events, plugins, registrations
from app.events import Selection
from app.models import Activity, Person, Progress
from quizzes.models import Answer, Attempt
from quizzes.service import answering, attempts, shelf
from tests.houses import a_person, a_token, bearing
from tests.quizzes.conftest import Room, small_quiz, write_quiz

NAMES = ("q1", "q2", "q3", "q4")


def told(room: Room) -> list[events.LearningEvent]:
    """Every kept event about the quiz and its questions."""
    db.session().rollback()
    chosen = Selection(person_id=room.person.id)
    kept = plugins.ring().stored_events(selection=chosen)
    return [one for one in kept if "/quiz" in one.activity]


def progress(room: Room, activity: Activity) -> Progress | None:
    db.session().rollback()
    return db.session().get(Progress, (room.registration.id, activity.id))


def begin_and_answer(room: Room, wrong: tuple[str, ...] = (), open: tuple[str, ...] = ()) -> int:
    number = int(room.call("POST", "/attempts").json["number"])
    for name in NAMES:
        if name not in open:
            right = room.right(name)
            given = ["b"] if name in wrong else right
            assert room.answer(number, name, given).status_code == 200
    return number


def test_a_passage_through_the_quiz(room: Room) -> None:
    assert room.call("GET").json["attempts"] == []
    number = begin_and_answer(room, wrong=("q1", "q4"))
    assert told(room) == []
    failed = room.call("POST", f"/attempts/{number}/hand-in").json
    assert (failed["score"], failed["passed"]) == (0.5, False)
    assert progress(room, room.quiz).status == "failed"

    number = begin_and_answer(room)
    assert number == 2
    passed = room.call("POST", "/attempts/2/hand-in").json
    assert (passed["score"], passed["passed"]) == (1.0, True)
    assert progress(room, room.quiz).status == "passed"
    assert progress(room, room.module).status == "completed"
    shown = room.call("GET").json
    assert [one["passed"] for one in shown["attempts"]] == [False, True]
    assert (shown["open"], shown["passed"]) == (None, True)


def test_statements_say_what_was_answered_and_never_what_is_right(room: Room) -> None:
    number = begin_and_answer(room, wrong=("q1",))
    room.call("POST", f"/attempts/{number}/hand-in")
    kept = {one.activity.rpartition("/")[2]: one for one in told(room)}
    assert [kept[name].verb for name in NAMES] == ["answered"] * 4
    responses = [kept[name].result.response for name in NAMES]
    assert responses == ["b", "a[,]c", "true", "a"]
    assert [kept[name].result.success for name in NAMES] == [False, True, True, True]
    judged = kept["quiz"]
    assert (judged.verb, judged.result.score, judged.result.success) == ("passed", 0.75, True)
    assert judged.result.seconds >= 0
    assert told(room)[-1].verb == "passed"
    definition = activities.get("modules/m1/quiz/q2").definition
    assert definition["interactionType"] == "choice"
    assert [one["id"] for one in definition["choices"]] == ["a", "b", "c"]
    assert "correctResponsesPattern" not in definition


def test_an_open_question_is_wrong_and_has_no_statement(room: Room) -> None:
    number = begin_and_answer(room, open=("q1", "q2"))
    done = room.call("POST", f"/attempts/{number}/hand-in").json
    assert (done["score"], done["passed"]) == (0.5, False)
    verbs = Counter(one.verb for one in told(room))
    assert verbs == {"answered": 2, "failed": 1}


def test_the_language_of_each_answer_is_kept(room: Room) -> None:
    room.call("POST", "/attempts")
    for name, language in zip(NAMES, ("fr", "fr", "en", "es"), strict=True):
        body = {"given": room.right(name), "revision": 0}
        path = f"/attempts/1/answers/{name}"
        room.call("PUT", path, json=body, headers={"Accept-Language": language})
    room.call("POST", "/attempts/1/hand-in", headers={"Accept-Language": "en"})
    kept = {one.activity.rpartition("/")[2]: one.language for one in told(room)}
    assert kept == {"q1": "fr", "q2": "fr", "q3": "en", "q4": "es", "quiz": "en"}


def test_handing_in_twice_is_handing_in_once(room: Room) -> None:
    number = begin_and_answer(room)
    first = room.call("POST", f"/attempts/{number}/hand-in")
    before = [one.id for one in told(room)]
    again = room.call("POST", f"/attempts/{number}/hand-in")
    assert first.json == again.json
    assert [one.id for one in told(room)] == before


def test_parallel_hand_ins_are_one(room: Room) -> None:
    number = begin_and_answer(room)
    answers: list[int] = []
    gate = threading.Barrier(4)

    def hand_in() -> None:
        client = room.app.test_client()
        gate.wait()
        path = f"{room.api}/attempts/{number}/hand-in"
        answers.append(client.post(path, headers=room.headers).status_code)

    _at_once(hand_in)
    assert answers == [200] * 4
    assert Counter(one.verb for one in told(room)) == {"answered": 4, "passed": 1}


def test_parallel_beginnings_are_one(room: Room) -> None:
    numbers: list[int] = []
    gate = threading.Barrier(4)

    def begin() -> None:
        client = room.app.test_client()
        gate.wait()
        numbers.append(client.post(f"{room.api}/attempts", headers=room.headers).json["number"])

    _at_once(begin)
    assert numbers == [1] * 4


def test_answers_beside_a_hand_in_count_or_are_refused(room: Room) -> None:
    """They do not wait for her lock, as all else does: none is kept and left out of the marks."""
    right = {name: room.right(name) for name in NAMES}
    for number in range(1, 9):
        room.call("POST", "/attempts")
        gate = threading.Barrier(len(NAMES) + 1)
        codes: dict[str, int] = {}

        def act(name: str, number: int = number, gate: Any = gate, codes: Any = codes) -> None:
            client = room.app.test_client()
            path = f"{room.api}/attempts/{number}"
            gate.wait()
            if name == "hand-in":
                answer = client.post(f"{path}/hand-in", headers=room.headers)
            else:
                body = {"given": right[name], "revision": 0}
                answer = client.put(f"{path}/answers/{name}", json=body, headers=room.headers)
            codes[name] = answer.status_code

        _all(*(threading.Thread(target=act, args=[name]) for name in (*NAMES, "hand-in")))
        assert codes.pop("hand-in") == 200
        assert len(codes) == len(NAMES)
        assert set(codes.values()) <= {200, 409}
        db.session().rollback()
        attempt = db.session().scalars(select(Attempt).where(Attempt.number == number)).one()
        kept = select(Answer.mark).where(Answer.attempt_id == attempt.id)
        count = list(codes.values()).count(200)
        assert db.session().scalars(kept).all() == [1.0] * count
        assert attempt.score == count / len(NAMES)


def test_of_two_first_answers_at_once_one_is_kept(room: Room) -> None:
    room.call("POST", "/attempts")
    codes: list[int] = []
    gate = threading.Barrier(2)

    def answer(given: str) -> None:
        client = room.app.test_client()
        body = {"given": [given], "revision": 0}
        gate.wait()
        path = f"{room.api}/attempts/1/answers/q1"
        codes.append(client.put(path, json=body, headers=room.headers).status_code)

    _all(*(threading.Thread(target=answer, args=[given]) for given in "ab"))
    assert sorted(codes) == [200, 409]


def _at_once(act: Any, times: int = 4) -> None:
    _all(*(threading.Thread(target=act) for _ in range(times)))


def _all(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_same_answer_sent_again_is_kept_once(room: Room) -> None:
    room.call("POST", "/attempts")
    first = room.answer(1, "q1", ["b"])
    again = room.answer(1, "q1", ["b"])
    assert first.json == again.json
    assert first.json["revision"] == 1


def test_an_older_tab_overwrites_nothing_and_sees_both(room: Room) -> None:
    room.call("POST", "/attempts")
    room.answer(1, "q1", ["b"])
    refused = room.answer(1, "q1", ["c"])
    assert refused.status_code == 409
    assert refused.json["kept"] == {"given": ["b"], "revision": 1}
    assert refused.json["given"] == ["c"]
    asked = {one["id"]: one for one in room.call("GET", "/attempts/1").json["questions"]}
    assert asked["q1"]["answer"]["given"] == ["b"]
    assert room.answer(1, "q1", ["c"], revision=1).json["revision"] == 2


def test_the_revision_may_stand_in_the_header(room: Room) -> None:
    room.call("POST", "/attempts")
    path, body = "/attempts/1/answers/q1", {"given": ["a"]}
    assert room.call("PUT", path, json=body).status_code == 422
    assert room.call("PUT", path, json=body, headers={"If-Match": '"0"'}).status_code == 200


def test_an_answer_can_be_taken_away_before_hand_in(room: Room) -> None:
    room.call("POST", "/attempts")
    room.answer(1, "q2", ["a"])
    assert room.answer(1, "q2", [], revision=1).json["given"] == []
    room.call("POST", "/attempts/1/hand-in")
    assert Counter(one.verb for one in told(room)) == {"failed": 1}


def test_what_can_be_no_answer_is_refused(room: Room) -> None:
    room.call("POST", "/attempts")
    assert room.answer(1, "q1", ["z"]).status_code == 422
    assert room.answer(1, "q1", ["a", "b"]).status_code == 422
    assert room.answer(1, "q9", ["a"]).status_code == 404
    assert room.answer(2, "q1", ["a"]).status_code == 404
    assert room.answer(1, "q1", ["a"], revision=-1).status_code == 422
    body = {"given": ["a"], "revision": 0, "mark": 1}
    assert room.call("PUT", "/attempts/1/answers/q1", json=body).status_code == 422
    broken = room.call("PUT", "/attempts/1/answers/q1", data="{", content_type="application/json")
    assert broken.status_code in (400, 422)
    assert db.session().scalar(select(func.count()).select_from(Answer)) == 0


def test_after_hand_in_the_answers_stand(room: Room) -> None:
    number = begin_and_answer(room, wrong=("q1",))
    room.call("POST", f"/attempts/{number}/hand-in")
    assert room.answer(number, "q1", ["a"], revision=1).status_code == 409
    assert room.answer(number, "q1", ["b"], revision=1).status_code == 200  # as it is kept
    assert room.call("GET", f"/attempts/{number}/result").json["score"] == 0.75


def test_a_worse_attempt_after_passing_lowers_nothing(room: Room) -> None:
    room.call("POST", f"/attempts/{begin_and_answer(room)}/hand-in")
    room.call("POST", f"/attempts/{begin_and_answer(room, wrong=NAMES[:1] + NAMES[3:])}/hand-in")
    row = progress(room, room.quiz)
    assert (row.status, row.score) == ("passed", 1.0)
    assert progress(room, room.module).status == "completed"


def test_the_result_comes_only_after_hand_in(room: Room) -> None:
    number = begin_and_answer(room, wrong=("q1",))
    assert room.call("GET", f"/attempts/{number}/result").status_code == 409
    room.call("POST", f"/attempts/{number}/hand-in")
    shown = room.call("GET", f"/attempts/{number}/result", headers={"Accept-Language": "es"}).json
    one = next(one for one in shown["questions"] if one["id"] == "q1")
    assert (one["mark"], one["right"], one["answer"]["given"]) == (0.0, ["a"], ["b"])
    assert one["feedback"] == "Because of q1 (es)"
    assert one["cites"] == [{"instrument": "iccpr", "article": "12(2)", "short": "ICCPR"}]


def test_a_stranger_sees_nothing(room: Room) -> None:
    number = begin_and_answer(room)
    other = bearing(a_token(a_person()))
    for method, path in (
        ("GET", ""),
        ("POST", "/attempts"),
        ("GET", f"/attempts/{number}"),
        ("POST", f"/attempts/{number}/hand-in"),
        ("GET", f"/attempts/{number}/result"),
    ):
        assert room.call(method, path, headers=other).status_code == 404, path


def test_a_token_for_reading_cannot_answer(room: Room) -> None:
    reading = bearing(a_token(room.person, ["read"]))
    assert room.call("GET", headers=reading).status_code == 200
    assert room.call("POST", "/attempts", headers=reading).status_code == 403


def test_a_quiz_outside_the_registration_is_not_found(room: Room) -> None:
    with db.transaction():
        other = activities.define("modules/m2", "module", {"en": "Another"})
        registration = registrations.begin(room.person, other, language="en")
    path = f"/api/v1/registrations/{registration.id}/quizzes/modules/m1/quiz"
    with room.app.app_context():
        assert room.client.get(path, headers=room.headers).status_code == 404


def test_an_attempt_shows_what_was_asked_when_it_began(room: Room) -> None:
    before = room.call("GET", f"/attempts/{begin_and_answer(room)}").json
    facts, said = small_quiz(right="b")
    for file in said.values():
        file["questions"]["q1"]["prompt"] = "Changed?"
    del facts["questions"][3]
    with db.transaction():
        shelf.load(str(write_quiz(room.folder, facts, said)))
    assert room.call("GET", "/attempts/1").json == before
    assert room.call("POST", "/attempts/1/hand-in").json["score"] == 1.0
    assert room.call("POST", "/attempts").json["number"] == 2
    asked = {one["id"]: one for one in room.call("GET", "/attempts/2").json["questions"]}
    assert sorted(asked) == ["q1", "q2", "q3"]
    assert asked["q1"]["prompt"] == "Changed?"


def test_questions_and_options_are_drawn_anew_for_each_attempt(room: Room) -> None:
    orders = set()
    for number in range(1, 9):
        room.call("POST", "/attempts")
        shown = room.call("GET", f"/attempts/{number}").json["questions"]
        again = room.call("GET", f"/attempts/{number}").json["questions"]
        assert shown == again
        truth = next(one for one in shown if one["type"] == "true_false")
        assert [option["id"] for option in truth["options"]] == ["true", "false"]
        orders.add(tuple(one["id"] for one in shown))
        room.call("POST", f"/attempts/{number}/hand-in")
    assert len(orders) > 1


def test_a_person_takes_her_attempts_along_and_is_forgotten(room: Room) -> None:
    room.call("POST", f"/attempts/{begin_and_answer(room)}/hand-in")
    room.call("POST", "/attempts")
    room.answer(2, "q1", ["b"])
    db.session().rollback()
    hers = attempts.export(room.person)
    assert [len(one["answers"]) for one in hers] == [4, 1]
    assert hers[0]["answers"][0]["question"].startswith("https://")
    with db.transaction():
        attempts.forget(db.session().get_one(Person, room.person.id))
    left = db.session().scalars(select(Attempt)).all()
    assert [one.number for one in left] == [1]
    assert db.session().scalar(select(func.count()).select_from(Answer)) == 4


def test_nothing_is_saved_in_a_closed_registration(room: Room) -> None:
    number = begin_and_answer(room)
    with db.transaction():
        row = db.session().get_one(type(room.registration), room.registration.id)
        row.closed_at = db.now()
    assert room.call("POST", f"/attempts/{number}/hand-in").status_code == 409
    assert room.call("POST", "/attempts").status_code == 403


def test_time_worked_leaves_long_pauses_out(room: Room) -> None:
    room.call("POST", "/attempts")
    with db.transaction():
        attempt = db.session().scalars(select(Attempt)).one()
        attempt.touched_at -= answering.PAUSE * 10
    room.call("POST", "/attempts/1/hand-in")
    seconds = told(room)[-1].result.seconds
    assert answering.PAUSE.total_seconds() <= seconds < answering.PAUSE.total_seconds() + 60
