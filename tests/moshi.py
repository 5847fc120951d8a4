"""A course in Moshi, as tests tell it twice: once in a browser, once through the API.

Last year's edition with its programme, this year's twenty-five people in a messy file, and what
each of them did: nineteen do what the rule asks, six do not.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import db, jobs
from app.models import Outbox, Person
from tests import houses
from tests.test_journey import answer_key

PASSWORD = "a passphrase that is long"
ADMIN = "moshi@example.org"
LAST, THIS = "moshi-before", "moshi-again"

PEOPLE = [
    ("Amina", "Mushi", "TZ"), ("Baraka", "Nyerere", "TZ"), ("Chipo", "Ndlovu", "ZW"),
    ("Désirée", "Kouassi", "CI"), ("Élodie", "N’Guessan", "CI"), ("Fatoumata", "Diallo", "GN"),
    ("Getachew", "Bekele", "ET"), ("Halima", "Yusuf", "KE"), ("Ibrahim", "Koné", "ML"),
    ("João", "da Conceição", "MZ"), ("Kwame", "Asante", "GH"), ("Lerato", "Mokoena", "ZA"),
    ("María José", "Peña", "GQ"), ("Ngozi", "Okafor", "NG"), ("Ousmane", "Sow", "SN"),
    ("Patience", "Uwase", "RW"), ("Quentin", "Mbarga", "CM"), ("Rahel", "Tesfaye", "ET"),
    ("Salif", "Ouédraogo", "BF"), ("Thandiwe", "Dlamini", "SZ"), ("Uzoma", "Eze", "NG"),
    ("Véronique", "Ilunga", "CD"), ("Wanjiku", "Kamau", "KE"), ("ياسمين", "العلوي", "MA"),
    ("Zola", "Mbeki", "ZA"),
]  # fmt: skip

INVITED = (23, 24)
"""Who has no account yet when the file comes."""

ABSENT = {19: 3, 20: 5, 21: 10}
"""Of how many of the ten sessions somebody was not there: more than a fifth is too many."""

FAILING = (22, 23, 24)
"""Who was there and does not pass the quiz."""

COMPLETING = [at for at in range(25) if at not in ABSENT and at not in FAILING]
"""Nineteen."""


def address(at: int) -> str:
    return f"person{at:02}@example.org"


def name(at: int) -> str:
    return " ".join(PEOPLE[at][:2])


def roster() -> bytes:
    """Moshi's list as somebody's spreadsheet wrote it: a byte order mark, semicolons, Moodle's
    headers in odd cases, spaces, somebody twice, an address that is none, a row that is broken."""
    rows = ["Username;FirstName ;lastname; E-mail;country;cohort1;remarks"]
    for at, (first, last, country) in enumerate(PEOPLE):
        email = address(at).upper() if at % 5 == 0 else f" {address(at)} "
        rows.append(f'p{at};{first};"{last}";{email};{country};Ministry of {country};')
        if at == 7:
            rows.append("")
            rows.append(f"p7;{first};{last};{address(7)};{country};;twice")
        if at == 11:
            rows.append("p11b;No;Address;not an address;ZA;;=1+1")
            rows.append('p11c;"broken;row')
    return ("\ufeff" + "\r\n".join(rows) + "\r\n").encode()


def monday() -> date:
    """The Monday on which this year's edition began: three weeks ago or a little more."""
    today = db.now().date()
    return today - timedelta(days=today.weekday() + 21)


def prepared(app: Flask) -> None:
    """The content, last year's edition with ten half days, its course admin, and the accounts."""
    first = monday() - timedelta(weeks=52)
    with houses.with_content(app).app_context():
        edition = houses.an_edition(
            slug=LAST, starts_on=first, ends_on=first + timedelta(days=4), sessions=10
        )
        houses.a_person(
            "Neema Massawe",
            email=ADMIN,
            role="course_admin",
            within=db.session().get(type(edition.activity), edition.activity.parent_id),
        )
        for at in range(len(PEOPLE)):
            if at not in INVITED:
                houses.a_person(name(at), email=address(at))


def marks(at_session: int) -> dict[int, str]:
    """What is marked of each person in the session (0-9): whoever must miss some misses the
    first ones; late counts, excused does not."""
    found = {}
    for at in range(len(PEOPLE)):
        if at_session < ABSENT.get(at, 0):
            found[at] = "excused" if at_session % 2 else "absent"
        else:
            found[at] = "late" if (at + at_session) % 7 == 0 else "present"
    return found


class Client:
    """A program that speaks for somebody."""

    def __init__(self, app: Flask, person: Person | None = None) -> None:
        self.http = houses.visitor(app)
        self.headers = {"Accept-Language": "en"}
        if person is not None:
            self.headers |= houses.bearing(houses.a_token(person))

    def call(self, method: str, path: str, *, status: int = 200, **said: Any) -> Any:
        answer = self.http.open(f"/api/v1{path}", method=method, headers=self.headers, **said)
        assert answer.status_code == status, (method, path, answer.text)
        return answer.json if answer.is_json and answer.data else answer.data

    def every(self, path: str) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        found, cursor = [], ""
        while True:
            mark = "&" if "?" in path else "?"
            page = self.call("GET", f"{path}{mark}limit=7{cursor}")
            found += page["items"]
            if not page["next"]:
                return found
            cursor = f"&cursor={page['next']}"


def whose(address: str) -> Person:
    return db.session().scalars(select(Person).where(Person.email == address)).one()


def work(app: Flask) -> None:
    """What waits in the background is done."""
    with app.app_context():
        while jobs.run_due():
            pass


def confirmed(app: Flask, at: int) -> None:
    """Somebody invited makes an account; her seat is hers once her address is confirmed."""
    new = {
        "name": name(at),
        "email": address(at),
        "password": PASSWORD,
        "country": "TZ",
        "timezone": "",
    }
    visitor = Client(app)
    visitor.call("POST", "/people", status=202, json=new)
    work(app)
    with app.app_context():
        mails = select(Outbox).where(Outbox.task == "mail.send").order_by(Outbox.id.desc())
        told = (one.payload for one in db.session().scalars(mails))
        texts = [one["text"] for one in told if one["to"] == address(at)]
        token = next(found[1] for text in texts if (found := re.search(r"/confirm/(\S+)", text)))
    visitor.call("POST", f"/confirmations/{token}", status=204)


def examined(app: Flask, at: int, *, right: bool) -> None:
    """She begins the module and hands in its quiz."""
    with app.app_context():
        learner = Client(app, whose(address(at)))
    module = "/modules/introduction-to-international-migration-law"
    begun = learner.call("POST", f"{module}/registrations", status=201)
    quiz = f"/registrations/{begun['id']}/quizzes/modules/m1/quiz"
    attempt = learner.call("POST", f"{quiz}/attempts", status=201)
    here = f"{quiz}/attempts/{attempt['number']}"
    key = answer_key("en")
    for question in learner.call("GET", here)["questions"]:
        given = key[question["prompt"]][0 if right else 1]
        body = {"given": given, "revision": question["answer"]["revision"]}
        learner.call("PUT", f"{here}/answers/{question['id']}", json=body)
    learner.call("POST", f"{here}/hand-in")
