"""The same passage through /api/v1 only, begun in French and ended in English."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import content, db, jobs
from app.models import Outbox, Progress
from tests.test_journey import answer_key

PASSWORD = "une phrase de passe bien longue"


class Client:
    """A program that speaks for a learner."""

    def __init__(self, app: Flask) -> None:
        self.http = app.test_client()
        self.headers = {"Accept-Language": "fr"}

    def call(self, method: str, path: str, *, status: int = 200, **body: Any) -> Any:
        answer = self.http.open(
            f"/api/v1{path}", method=method, headers=self.headers, json=body or None
        )
        assert answer.status_code == status, (method, path, answer.text)
        return answer.json if answer.is_json and answer.data else answer.data


@pytest.fixture
def learner(app: Flask) -> Client:
    """Signed up, confirmed by the mailed link, and signed in with a token."""
    with app.app_context(), db.transaction():
        content.load()
    client = Client(app)
    address = "zoe@example.org"
    client.call(
        "POST",
        "/people",
        status=202,
        name="Zoë Nguyễn-Ōta",
        email=address,
        password=PASSWORD,
        country="SN",
        timezone="Africa/Dakar",
    )
    with app.app_context():
        jobs.run_due()
        mail = db.session().scalars(select(Outbox).where(Outbox.task == "mail.send")).one()
        token = re.search(r"/confirm/(\S+)", mail.payload["text"])
    assert token
    client.call("POST", f"/confirmations/{token[1]}", status=204)
    signed_in = client.call(
        "POST",
        "/tokens",
        status=201,
        email=address,
        password=PASSWORD,
        name="a program",
        scopes=["read", "learn", "account"],
        days=1,
    )
    client.headers["Authorization"] = f"Bearer {signed_in['secret']}"
    return client


def _read(learner: Client, lesson: str, language: str) -> None:
    text = learner.call("GET", lesson)
    assert text["language"] == language
    learner.call("POST", f"{lesson}/completion", opening=text["opening"])


def _take_quiz(learner: Client, quiz: str, language: str, *, right: bool) -> Any:
    attempt = learner.call("POST", f"{quiz}/attempts", status=201)
    here = f"{quiz}/attempts/{attempt['number']}"
    key = answer_key(language)
    for question in learner.call("GET", here)["questions"]:
        given = key[question["prompt"]][0 if right else 1]
        learner.call(
            "PUT",
            f"{here}/answers/{question['id']}",
            given=given,
            revision=question["answer"]["revision"],
        )
    first = learner.call("POST", f"{here}/hand-in")
    assert learner.call("POST", f"{here}/hand-in") == first, "handing in twice is handing in once"
    return learner.call("GET", f"{here}/result")


def test_the_whole_passage_without_a_page(app: Flask, learner: Client) -> None:
    module = "/modules/introduction-to-international-migration-law"
    assert "Introduction au droit" in learner.call("GET", module)["title"]
    registration = learner.call("POST", f"{module}/registrations", status=201)
    here = f"/registrations/{registration['id']}"
    for lesson in ("l1", "l2"):
        _read(learner, f"{here}/lessons/{lesson}", "fr")

    learner.headers["Accept-Language"] = "en"
    for lesson in ("l3", "l4"):
        _read(learner, f"{here}/lessons/{lesson}", "en")
    quiz = f"{here}/quizzes/modules/m1/quiz"
    assert _take_quiz(learner, quiz, "en", right=False)["passed"] is False
    assert learner.call("GET", here)["share"] == pytest.approx(0.8)
    passed = _take_quiz(learner, quiz, "en", right=True)
    assert (passed["passed"], passed["score"]) == (True, 1.0)
    assert all(one["feedback"] and one["cites"] for one in passed["questions"])

    certificate = learner.call("GET", "/certificates")["items"][0]
    pdf = learner.call("GET", f"/certificates/{certificate['public_id']}.pdf")
    assert pdf.startswith(b"%PDF")
    del learner.headers["Authorization"]
    public = learner.call("GET", f"/certificates/{certificate['public_id']}")
    assert public["status"] == "valid"
    with app.app_context():
        done = db.session().scalars(select(Progress).where(Progress.required.is_not(None))).one()
        assert (done.status, done.share) == ("completed", 1.0)
