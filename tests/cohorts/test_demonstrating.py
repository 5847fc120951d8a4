"""The demonstration shows a course that was held, made once, by real events."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from app import activities, db, demo, permissions
from app.models import Person
from cohorts.models import Edition, Enrolment
from cohorts.service import roster
from tests import houses


def test_the_demonstration_is_made_once_and_its_course_admin_sees_moshi_alone(app: Flask) -> None:
    with houses.with_content(app).app_context():
        for _ in range(2):
            with db.transaction():
                demo.make()
        session = houses.anew()
        found = {one.slug.partition("-")[0]: one for one in session.scalars(select(Edition))}
        assert session.scalar(select(func.count()).select_from(Edition)) == 3
        last = min(session.scalars(select(Edition)), key=lambda one: one.starts_on)
        counts = roster.counts(last)
        assert (counts["completed"], sum(counts.values())) == (19, 25)
        assert session.scalar(select(func.count()).select_from(Enrolment)) == 31
        staff = session.scalars(select(Person).where(Person.email.startswith("courseadmin"))).one()
        assert permissions.may(staff, "editions.write", found["moshi"].activity)
        assert not permissions.may(staff, "editions.read", found["geneva"].activity)
        assert not permissions.may(staff, "editions.read", activities.get("modules/m2"))
