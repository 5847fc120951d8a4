"""Someone who has earned a certificate, and the staff around her."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import db
from app.models import Activity, AuditEntry, Person
from certificates.models import Certificate
from tests.houses import a_person, a_token, bearing
from tests.trials import a_walk, walk, with_trials


@dataclass
class Awarded:
    """`certificate` is Aïcha's, for `activity`; the course admin's grant is for another one.

    The rows are detached, so that no context of the test's stands around a client's request.
    """

    app: Flask
    person: Person
    certificate: Certificate
    activity: Activity
    admin: Person
    stranger: Person
    elsewhere: Person

    @property
    def path(self) -> str:
        return f"/certificates/{self.certificate.public_id}"

    def again(self) -> Certificate:
        """The certificate as it stands now."""
        with self.app.app_context():
            rows = select(Certificate).where(Certificate.id == self.certificate.id)
            return db.session().scalars(rows.options(joinedload(Certificate.person))).one()

    def entries(self, action: str) -> list[AuditEntry]:
        with self.app.app_context():
            rows = select(AuditEntry).where(AuditEntry.action == action)
            return list(db.session().scalars(rows))

    def headers(self, person: Person, *scopes: str) -> dict[str, str]:
        """A call of this person's, with a token of these scopes (all when none is named)."""
        with self.app.app_context():
            return bearing(a_token(person, scopes) if scopes else a_token(person))


@pytest.fixture
def awarded(app: Flask) -> Awarded:
    with with_trials(app).app_context():
        with db.transaction() as session:
            activity = a_walk()
            other = a_walk("walks/other")
            rows = {
                "activity": activity,
                "person": a_person("Aïcha Ndiaye", email="aicha@example.org", language="fr"),
                "admin": a_person("Maria Keller", role="administrator"),
                "stranger": a_person("Stranger"),
                "elsewhere": a_person("Elsewhere", role="course_admin", within=other),
            }
            walk(rows["person"], activity, language="fr")  # type: ignore[arg-type]  # a Person
            rows["certificate"] = session.scalars(select(Certificate)).one()
        for row in rows.values():
            db.session().refresh(row)
        return Awarded(app=app, **rows)  # type: ignore[arg-type]  # as named above
