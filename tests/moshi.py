"""A course in Moshi, as tests tell it twice: once in a browser, once through the API.

Last year's edition with its programme, this year's twenty-five people in a messy file, and what
each of them did: nineteen do what the rule asks, six do not.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask

from app import db
from tests import houses

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
