"""The quiz as pages: no JavaScript, and nothing that tells right from wrong before hand-in."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app import content, db
from quizzes.models import Key
from quizzes.service import sheets, shelf
from tests.houses import queries
from tests.quizzes.conftest import LANGUAGES, Room, small_quiz, write_quiz


def place_of(room: Room, name: str, number: int = 1) -> int:
    """Where a question stands in an attempt."""
    db.session().rollback()
    attempt = sheets.get_attempt(room.person, room.quiz, number)
    return next(one.place for one in sheets.sheet(attempt, language="en") if one.name == name)


def save(room: Room, name: str, given: list[str], revision: int = 0, **more: Any) -> Any:
    path = f"/attempts/1/questions/{place_of(room, name)}"
    return room.page(path, method="POST", data={"given": given, "revision": revision}, **more)


def answer_all(room: Room) -> None:
    room.page("/attempts", method="POST")
    for name in ("q1", "q2", "q3", "q4"):
        assert save(room, name, room.right(name)).status_code == 303


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_learner_passes_by_forms_alone(room: Room, lang: str) -> None:
    start = room.page(lang=lang)
    assert f"A small quiz ({lang})" in start.text
    page = room.page("/attempts", method="POST", lang=lang, follow_redirects=True)
    for place in range(1, 5):
        assert page.status_code == 200
        name = re.search(r"What of (q\d)", page.text).group(1)
        data = {"given": room.right(name), "revision": 0}
        path = f"/attempts/1/questions/{place}"
        page = room.page(path, method="POST", lang=lang, data=data, follow_redirects=True)
    assert page.request.path == f"/{lang}/quizzes/modules/m1/quiz/attempts/1"
    done = room.page("/attempts/1/hand-in", method="POST", lang=lang, follow_redirects=True)
    assert done.request.path.endswith("/attempts/1/result")
    assert 'data-passed="yes"' in done.text
    assert f"Because of q1 ({lang})" in done.text
    assert "12(2)" in done.text
    assert "/attempts/1/result" in room.page(lang=lang).text


def test_the_overview_names_what_is_open_and_hands_in(room: Room) -> None:
    room.page("/attempts", method="POST")
    save(room, "q1", ["a"])
    text = room.page("/attempts/1").text
    assert text.count('data-state="open"') == 3
    assert text.count('data-state="answered"') == 1
    done = room.page("/attempts/1/hand-in", method="POST", follow_redirects=True).text
    assert 'data-passed="no"' in done
    assert done.count('data-mark="1.0"') == 1


def test_continuing_leads_to_the_first_open_question(room: Room) -> None:
    room.page("/attempts", method="POST")
    save(room, sheet_name(room, 1), room.right(sheet_name(room, 1)))
    assert room.page("/attempts/1/resume").location.endswith("/questions/2")


def sheet_name(room: Room, place: int) -> str:
    db.session().rollback()
    attempt = sheets.get_attempt(room.person, room.quiz, 1)
    return sheets.sheet(attempt, language="en")[place - 1].name


def test_nothing_tells_right_from_wrong_before_hand_in(room: Room) -> None:
    """The same pages and answers, byte for byte, whatever the key says."""
    room.page("/attempts", method="POST")
    save(room, "q1", ["a"])
    save(room, "q2", ["a", "b"])
    before = _everything(room)
    with db.transaction():
        for key in db.session().query(Key):
            key.right = ["b"] if key.right != ["b"] else ["c"]
            key.feedback = {"en": "Otherwise", "fr": "Otherwise", "es": "Otherwise"}
            key.cites = []
        content.changed_now()
    assert _everything(room) == before
    assert not [text for text in before if re.search("correct|feedback|Because of", text)]


def _everything(room: Room) -> list[str]:
    pages = ["", "/attempts/1", *(f"/attempts/1/questions/{place}" for place in range(1, 5))]
    shown = [room.page(path).text for path in pages]
    shown += [room.call("GET", path).text for path in ("", "/attempts/1")]
    shown.append(save(room, "q1", ["a"], revision=1, headers={"Accept": "application/json"}).text)
    return [re.sub(r'name=\\?"csrf_token\\?" value=\\?"[^"]*"', "", text) for text in shown]


def test_an_older_tab_gets_a_page_with_both_answers(room: Room) -> None:
    room.page("/attempts", method="POST")
    save(room, "q1", ["b"])
    refused = save(room, "q1", ["c"])
    assert refused.status_code == 409
    kept, sent = (
        re.search(f'id="{name}-answer".*?</section>', refused.text, re.DOTALL).group()
        for name in ("kept", "sent")
    )
    assert "option b of q1" in kept
    assert "option c of q1" not in kept
    assert "option c of q1" in sent
    assert 'name="revision" value="1"' in refused.text
    assert save(room, "q1", ["c"], revision=1).status_code == 303


def test_a_tab_that_comes_after_hand_in_is_told_so(room: Room) -> None:
    answer_all(room)
    room.page("/attempts/1/hand-in", method="POST")
    refused = save(room, "q1", ["b"], revision=1)
    assert refused.status_code == 409
    assert "/attempts/1/result" in refused.text
    assert "option b of q1" in refused.text


def test_the_script_saves_through_the_same_address(room: Room) -> None:
    room.page("/attempts", method="POST")
    asked = {"Accept": "application/json"}
    kept = save(room, "q1", ["b"], headers=asked)
    assert kept.json["revision"] == 1
    assert re.fullmatch(r"\d\d:\d\d", kept.json["saved"])
    assert save(room, "q1", ["b"], headers=asked).json == kept.json
    refused = save(room, "q1", ["c"], headers=asked)
    assert refused.status_code == 409
    assert refused.json["kept"] == {"given": ["b"], "revision": 1}


def test_a_double_click_on_hand_in_shows_the_same_result(room: Room) -> None:
    answer_all(room)
    first = room.page("/attempts/1/hand-in", method="POST")
    again = room.page("/attempts/1/hand-in", method="POST")
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert room.page("/attempts/1").location.endswith("/result")
    assert room.page("/attempts/1/questions/1").location.endswith("/result")


def test_without_a_registration_the_module_comes_first(room: Room) -> None:
    from tests.houses import a_person, signed_in

    with room.app.app_context():
        client = signed_in(room.app.test_client(), a_person())
    with room.app.app_context():
        page = client.get("/en/quizzes/modules/m1/quiz")
        assert page.status_code == 200
        assert "/attempts" not in page.text
        assert client.post("/en/quizzes/modules/m1/quiz/attempts").status_code == 403


def test_a_visitor_is_sent_to_sign_in(room: Room) -> None:
    with room.app.app_context():
        answer = room.app.test_client().get("/es/quizzes/modules/m1/quiz")
    assert answer.status_code == 302
    assert "/es/login" in answer.location


@pytest.mark.parametrize(
    "path",
    [
        "/attempts/1",
        "/attempts/1/questions/1",
        "/attempts/1/result",
        "/attempts/1/resume",
        "/attempts/99999999999999999999",
    ],
)
def test_what_is_not_there_is_not_found(room: Room, path: str) -> None:
    assert room.page(path).status_code == 404


def test_a_place_that_the_attempt_does_not_have_is_not_found(room: Room) -> None:
    room.page("/attempts", method="POST")
    assert room.page("/attempts/1/questions/5").status_code == 404
    assert room.page("/attempts/1/questions/0").status_code == 404
    data = {"given": ["a"], "revision": 0}
    assert room.page("/attempts/1/questions/5", method="POST", data=data).status_code == 404
    assert room.page("/attempts/1/result").status_code == 302


@pytest.mark.parametrize("revision", ["", "x", "-1"])
def test_a_form_without_its_revision_is_refused(room: Room, revision: str) -> None:
    room.page("/attempts", method="POST")
    assert save(room, "q1", ["a"], revision=revision).status_code == 422  # type: ignore[arg-type]


def test_a_page_and_an_answer_cost_few_queries(room: Room) -> None:
    """What the quiz asks is known already: only what is hers is read, and one answer written."""
    room.page("/attempts", method="POST")
    path = f"/attempts/1/questions/{place_of(room, 'q1')}"
    room.page(path)
    with queries() as shown:
        room.page(path)
    with queries() as kept:
        answer = {"given": ["a"], "revision": 0}
        room.page(path, method="POST", data=answer, headers={"Accept": "application/json"})
    for some, most in ((shown, 9), (kept, 6)):
        asked = [one for one in some if not re.match("BEGIN|SELECT .* FOR NO KEY", one, re.S)]
        assert len(asked) <= most, "\n".join(asked)


def test_what_is_asked_anew_is_shown_at_once(room: Room) -> None:
    """What is kept in mind of a quiz is forgotten when its files are loaded anew."""
    assert "A small quiz (en)" in room.page().text
    facts, said = small_quiz()
    said["en"]["title"], facts["questions"] = "Another quiz", facts["questions"][:3]
    del said["en"]["questions"]["q4"]
    with db.transaction():
        shelf.load(str(write_quiz(room.folder, facts, said)))
    assert "Another quiz" in room.page().text
    assert room.call("GET").json["questions"] == 3
