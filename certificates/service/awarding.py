"""Awarding: what a completion earns at once, what staff award, and the mail that tells her."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import insert, select

from app import activities, db, events, mail, people, web
from app.config import LANGUAGES
from app.events import LearningEvent
from app.models import Activity, Person
from certificates import drawing, marks, names, wording
from certificates.models import Certificate, Number, Release
from certificates.service import finding


def award(event: LearningEvent) -> Certificate | None:
    """Award what a completion earns at once; once only, and never again what staff revoked."""
    if event.verb != "completed" or not event.moves:
        return None
    activity = db.session().get(Activity, event.activity_id)
    if activity is None:
        return None
    if activities.kind(activity.kind).award != "at_once" or _standing(event):
        return None
    certificate = made(
        db.session().get_one(Person, event.person_id),
        activity,
        event.registration_id,
        serial=serials(1)[0],
        evidence=event.id,
        time=event.time,
    )
    db.session().flush()
    events.publish(earned(certificate, event.time, language=event.language))
    return certificate


def made(
    person: Person,
    activity: Activity,
    registration_id: UUID,
    *,
    serial: int,
    evidence: UUID,
    time: datetime,
    sort: str = marks.COMPLETION,
    release: Release | None = None,
) -> Certificate:
    """A new certificate: who calls writes it and publishes that it was earned."""
    certificate = Certificate(
        public_id=marks.new_public_id(),
        number=marks.number(serial, time.astimezone(UTC).year),
        sort=sort,
        person=person,
        activity=activity,
        registration_id=registration_id,
        release_id=release.id if release else None,
        evidence_id=evidence,
        name=names.tidy(person.name_on_certificates),
        language=person.language if person.language in LANGUAGES else "en",
        titles=dict(activity.titles),
        minutes=_minutes(activity),
        occasion=_occasion(activity),
        awarded_at=time,
        taken_back=0,
    )
    certificate.earned_id = earned(certificate, time).id
    db.session().add(certificate)
    return certificate


def _standing(event: LearningEvent) -> Certificate | None:
    return db.session().scalar(
        select(Certificate).where(
            Certificate.person_id == event.person_id,
            Certificate.activity_id == event.activity_id,
            Certificate.registration_id == event.registration_id,
            Certificate.sort == marks.COMPLETION,
        )
    )


def serials(count: int) -> list[int]:
    """So many new numbers, in their order."""
    rows = [{"given_at": db.now()} for _ in range(count)]
    return sorted(db.session().scalars(insert(Number).values(rows).returning(Number.id)))


def _extension(activity: Activity, name: str) -> Any:
    """What the activity's definition says under this name of ours."""
    extensions = (activity.definition or {}).get("extensions", {})
    return extensions.get(activities.iri(f"extensions/{name}"))


def _minutes(activity: Activity) -> int | None:
    """The planned time of study, where the activity's definition says it."""
    minutes = _extension(activity, "minutes")
    return int(minutes) if minutes else None


def _occasion(activity: Activity) -> dict[str, Any] | None:
    """Where and when what staff award took place, as far as its definition says it."""
    if activities.kind(activity.kind).award != "on_release":
        return None
    said = {name: _extension(activity, name) for name in ("place", "starts", "ends")}
    return {name: value for name, value in said.items() if value}


def earned(
    certificate: Certificate,
    time: datetime,
    *,
    language: str | None = None,
    by: Person | None = None,
) -> LearningEvent:
    """The event that stands for a certificate. Those of participation have ids of their own."""
    person_id, activity = certificate.person.id, certificate.activity
    registration_id = certificate.registration_id
    return LearningEvent(
        id=events.derived_id(
            "earned",
            person_id,
            activity.iri,
            registration_id,
            certificate.taken_back,
            "" if certificate.sort == marks.COMPLETION else certificate.sort,
        ),
        verb="earned",
        person_id=person_id,
        activity=activity.iri,
        registration_id=registration_id,
        time=time,
        language=language,
        by=by.id if by else None,
        evidence=(certificate.evidence_id,),
    )


def tell(event: LearningEvent) -> None:
    """Write to her that she earned it: one mail for a certificate, however often this is told."""
    people.lock(event.person_id)
    certificate = db.session().scalar(select(Certificate).where(Certificate.earned_id == event.id))
    if certificate is None or certificate.mailed_at or certificate.revoked_at:
        return
    certificate.printable = drawing.is_printable(certificate.name)
    if certificate.person.email is None:
        return
    certificate.mailed_at = db.now()
    with force_locale(certificate.person.language):
        subject, text = wording.mail(
            sort=certificate.sort,
            name=certificate.name,
            title=finding.title(certificate, certificate.person.language),
            number=certificate.number,
            check=finding.public_url(certificate),
            mine=web.public_address(f"/{certificate.person.language}/my"),
        )
    mail.enqueue(certificate.person, subject, text)
