"""Invitations: a seat is kept for an address, and is its owner's once the address is confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import select, text

from app import accounts, db, erasure, jobs, links
from app.errors import Conflict, Forbidden, Invalid
from app.models import AuditEntry, Outbox, Person, Registration
from cohorts.models import ANSWERED_WITHIN, Cohort, Edition, Enrolment, Expected, Invitation
from cohorts.service import changing, enrolling, expiring, groups, inviting, narrowing
from tests import houses

ADDRESS = "fatou@ministry.example"


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


def offer(edition: Edition, email: str = ADDRESS, **said: Any) -> Enrolment | Invitation:
    said.setdefault("by", houses.a_person(role="administrator"))
    with db.transaction() as session:
        return inviting.offer(session.get_one(Edition, edition.activity_id), email=email, **said)


def sign_up(email: str = ADDRESS) -> Person:
    with db.transaction():
        accounts.sign_up(
            name="Fatou Sarr", email=email, password=houses.PASSWORD, language="fr", country="SN"
        )
    found = accounts.find(email)
    assert found is not None
    return found


def confirm(person: Person) -> None:
    with db.transaction():
        accounts.confirm(links.seal("confirm", person))


def mails_to(email: str) -> list[Outbox]:
    jobs.run_due(1000)
    rows = houses.anew().scalars(select(Outbox).where(Outbox.task == "mail.send"))
    return [one for one in rows.all() if one.payload.get("to") == email]


def test_a_confirmed_account_is_enrolled_at_once_and_told_in_her_language(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    person = houses.a_person(language="fr")
    assert isinstance(offer(edition, str(person.email)), Enrolment)
    assert isinstance(offer(edition, str(person.email).upper()), Enrolment)
    (mail,) = mails_to(str(person.email))
    assert mail.payload["language"] == "fr"
    assert edition.activity.titles["fr"] in mail.payload["subject"]
    assert f"/fr/editions/{edition.slug}" in mail.payload["text"]


def test_an_unknown_address_keeps_a_seat_until_its_owner_confirms_it(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=1)
    assert isinstance(offer(edition, name="Fatou", language="es"), Invitation)
    assert isinstance(offer(edition), Invitation)  # twice is once
    (mail,) = mails_to(ADDRESS)
    assert (mail.payload["language"], mail.person_id) == ("es", None)
    assert "/es/register" in mail.payload["text"]
    assert ADDRESS in mail.payload["text"]
    with pytest.raises(Conflict):
        offer(edition, "another@ministry.example")
    person = sign_up()
    assert houses.anew().scalars(select(Enrolment)).all() == []
    confirm(person)
    (seat,) = houses.anew().scalars(select(Enrolment)).all()
    assert (seat.person_id, seat.state, seat.source) == (person.id, "enrolled", "invitation")
    assert houses.anew().scalars(select(Registration)).one().person_id == person.id
    assert enrolling.seats_taken(seat.edition) == 1
    assert len([one for one in mails_to(ADDRESS) if edition.slug in one.payload["text"]]) == 1


def test_an_account_that_is_not_confirmed_is_invited_too(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    person = sign_up()
    assert isinstance(offer(edition), Invitation)
    with db.transaction():
        accounts.reset_password(links.seal("reset", person), password="another long passphrase")
    assert houses.anew().scalars(select(Enrolment)).one().person_id == person.id


def test_a_new_address_brings_what_waited_for_it(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    person = houses.a_person()
    offer(edition)
    with db.transaction():
        accounts.change_email(links.seal("email", person, said=ADDRESS))
    assert houses.anew().scalars(select(Enrolment)).one().person_id == person.id


def test_an_invitation_to_an_edition_that_is_over_is_dropped(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    offer(edition)
    with db.transaction() as session:
        session.get_one(Edition, edition.activity_id).state = "cancelled"
    confirm(sign_up())
    assert houses.anew().scalars(select(Enrolment)).all() == []
    assert houses.anew().scalars(select(Invitation)).one().withdrawn_at is not None


def test_a_withdrawn_invitation_frees_its_seat_and_gives_none(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=1)
    made = offer(edition)
    admin = houses.a_person(role="administrator")
    with db.transaction() as session:
        inviting.withdraw(session.get_one(Invitation, made.id), by=admin)
    confirm(sign_up())
    assert houses.anew().scalars(select(Enrolment)).all() == []
    assert isinstance(offer(edition, "another@ministry.example"), Invitation)


def test_whose_address_was_confirmed_meanwhile_is_enrolled_by_the_mail(house: Flask) -> None:
    """The moment between looking for an account and keeping the seat."""
    edition = houses.an_edition(state="open")
    made = offer(edition)
    houses.a_person(email=ADDRESS)  # appears confirmed, and nobody was told
    inviting.send({"invitation": str(made.id)})
    assert houses.anew().scalars(select(Enrolment)).one().person.email == ADDRESS


def test_erasing_her_erases_the_invitation_and_its_mail(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    offer(edition, name="Fatou Sarr")
    assert len(mails_to(ADDRESS)) == 1
    person = sign_up()
    confirm(person)
    with db.transaction() as session:
        hers = session.get_one(Person, person.id)
        erasure.erase(hers, by=hers)
    assert houses.anew().scalars(select(Invitation)).all() == []
    left = [str(one.payload) for one in houses.anew().scalars(select(Outbox))]
    assert not any(ADDRESS in words or "Fatou" in words for words in left)


def test_what_is_no_address_is_said_at_its_field(house: Flask) -> None:
    with pytest.raises(Invalid) as wrong:
        offer(houses.an_edition(state="open"), "fatou at ministry")
    assert list(wrong.value.fields) == ["email"]


def test_a_closed_account_gets_no_seat(house: Flask) -> None:
    person = houses.a_person(active=False)
    with pytest.raises(Conflict):
        offer(houses.an_edition(state="open"), str(person.email))


def test_a_cohort_waits_for_the_invited_too(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    admin = houses.a_person(role="administrator")
    with db.transaction():
        made = groups.make("Ministry of Labour", edition.activity, by=admin)
    offer(edition, cohort=made)
    person = sign_up()
    confirm(person)
    members, _more = groups.members(db.session().get_one(Cohort, made.id), by=admin)
    assert [one.id for one in members] == [person.id]


def test_a_cohort_is_enrolled_all_or_none(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=2)
    admin = houses.a_person(role="administrator")
    with db.transaction():
        made = groups.make("Three", edition.activity.parent, by=admin)
        groups.join(made, [houses.a_person() for _ in range(3)], by=admin)
    with db.transaction(), pytest.raises(Conflict):
        groups.enrol_into(made, edition, by=admin)
    assert houses.anew().scalars(select(Enrolment)).all() == []
    with db.transaction() as session:
        session.get_one(Edition, edition.activity_id).seats = 3
    for expected in (3, 0):
        with db.transaction():
            assert len(groups.enrol_into(made, edition, by=admin)) == expected


def test_cohorts_of_one_name_are_one_place_apart(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    admin = houses.a_person(role="administrator")
    with db.transaction():
        groups.make("Sponsor", edition.activity, by=admin)
        groups.make("Sponsor", edition.activity.parent, by=admin)
    with db.transaction(), pytest.raises(Conflict):
        groups.make("Sponsor", edition.activity, by=admin)


def test_a_cohort_of_another_course_is_refused(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    admin = houses.a_person(role="administrator")
    with db.transaction():
        other = groups.make("Geneva's", houses.an_edition("courses/iml-geneva").activity, by=admin)
    with pytest.raises(Invalid):
        offer(edition, cohort=other)


def test_a_course_admin_sees_no_cohort_of_another_course(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    hers = houses.an_edition("courses/iml-geneva", state="open")
    admin = houses.a_person(role="administrator")
    geneva = houses.a_person(role="course_admin", within=hers.activity.parent)
    with db.transaction():
        groups.make("Moshi's", edition.activity, by=admin)
        groups.make("Geneva's", hers.activity, by=admin)
    pairs, _more = groups.page_of(by=geneva)
    assert [one.name for one, _count in pairs] == ["Geneva's"]
    with db.transaction(), pytest.raises(Forbidden):
        groups.make("Mine now", edition.activity, by=geneva)


def test_completion_records_are_filtered_by_a_cohort_of_hers(house: Flask) -> None:
    edition, other = houses.an_edition(state="open"), houses.an_edition("courses/iml-geneva")
    admin, member = houses.a_person(role="administrator"), houses.a_person()
    moshi = houses.a_person(role="course_admin", within=edition.activity.parent)
    with db.transaction():
        enrolling.enrol(edition, [member, houses.a_person()], by=admin)
        made = groups.make("Labour", edition.activity, by=admin)
        groups.join(made, [member], by=admin)
        strange = groups.make("Geneva's", other.activity, by=admin)
    assert narrowing.choices(moshi, edition.activity.parent_id) == [(str(made.id), "Labour")]
    assert len(narrowing.choices(admin, None)) == 2
    client, headers = houses.visitor(house), houses.bearing(houses.a_token(moshi))
    path = f"/api/v1/completions?activity={edition.activity.key}"
    every = client.get(path, headers=headers).json
    assert every is not None
    assert len(every["items"]) == 2
    found = client.get(f"{path}&cohort={made.id}", headers=headers).json
    assert found is not None
    assert [one["person"] for one in found["items"]] == [str(member.id)]
    for wrong in (strange.id, "nonsense"):
        assert client.get(f"{path}&cohort={wrong}", headers=headers).status_code == 422


def to_state(edition: Edition, state: str) -> None:
    admin = houses.a_person(role="administrator")
    with db.transaction() as session:
        changing.set_state(session.get_one(Edition, edition.activity_id), state, by=admin)


def test_nobody_is_written_to_about_a_draft_before_it_is_published(house: Flask) -> None:
    edition = houses.an_edition(sessions=1)
    person = houses.a_person()
    offer(edition, str(person.email))
    offer(edition)
    assert (mails_to(ADDRESS), mails_to(str(person.email))) == ([], [])
    to_state(edition, "open")
    assert (len(mails_to(ADDRESS)), len(mails_to(str(person.email)))) == (1, 1)
    to_state(edition, "closed")
    to_state(edition, "open")
    assert (len(mails_to(ADDRESS)), len(mails_to(str(person.email)))) == (1, 1)


def test_nobody_is_written_to_about_an_edition_that_was_cancelled_meanwhile(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    person = houses.a_person()
    offer(edition, str(person.email))
    offer(edition)
    to_state(edition, "cancelled")
    assert (mails_to(ADDRESS), mails_to(str(person.email))) == ([], [])


def test_an_invitation_does_not_tell_that_there_is_an_account_that_waits(house: Flask) -> None:
    edition = houses.an_edition(state="open", languages=["en"])
    sign_up()
    known, unknown = offer(edition), offer(edition, "nobody@ministry.example")
    assert isinstance(known, Invitation)
    assert isinstance(unknown, Invitation)
    assert known.language == unknown.language == "en"
    invited = [
        one for one in mails_to(ADDRESS) if edition.activity.titles["fr"] in str(one.payload)
    ]
    assert [one.payload["language"] for one in invited] == ["fr"]  # hers, who reads it


def _long_ago(edition: Edition, *, held: int, sent: int) -> None:
    """The edition ended, and everybody was invited, so many days ago."""
    with db.transaction() as session:
        one = session.get_one(Edition, edition.activity_id)
        one.starts_on = one.ends_on = db.now().date() - timedelta(days=held)
        for invitation in session.scalars(select(Invitation)):
            invitation.created_at = invitation.mailed_at = db.now() - timedelta(days=sent)


WITHIN = ANSWERED_WITHIN.days


@pytest.mark.parametrize(
    ("held", "sent", "left"),
    [
        (WITHIN, 300, 1),
        (WITHIN + 1, 300, 0),
        (300, WITHIN, 1),
        (300, WITHIN + 1, 0),
        (-100, 300, 1),
    ],
)
def test_an_unanswered_invitation_is_erased_after_its_edition(
    house: Flask, held: int, sent: int, left: int
) -> None:
    edition = houses.an_edition(state="open")
    offer(edition)
    _long_ago(edition, held=held, sent=sent)
    expired = houses.anew().scalars(select(Invitation)).one().expires_on < db.now().date()
    assert expired is not bool(left)
    expiring.erase()
    assert len(houses.anew().scalars(select(Invitation)).all()) == left


def test_what_expired_is_counted_in_the_audit_and_answered_ones_stay(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    withdrawn = offer(edition, "one@example.org")
    for email in ("two@example.org", "three@example.org", ADDRESS):
        offer(edition, email)
    with db.transaction() as session:
        assert isinstance(withdrawn, Invitation)
        again = session.get_one(Invitation, withdrawn.id)
        inviting.withdraw(again, by=houses.a_person(role="administrator"))
    confirm(sign_up())
    _long_ago(edition, held=100, sent=100)
    expiring.erase()
    expiring.erase()
    (kept,) = houses.anew().scalars(select(Invitation)).all()
    assert kept.email == ADDRESS
    rows = select(AuditEntry).where(AuditEntry.action == "invitation.expired")
    entry = houses.anew().scalars(rows).one()
    assert (entry.subject, entry.after) == (edition.activity.key, {"count": 3})


def test_who_confirms_too_late_gets_no_seat_and_a_new_invitation_starts_anew(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    offer(edition)
    _long_ago(edition, held=100, sent=100)
    confirm(sign_up())
    assert houses.anew().scalars(select(Enrolment)).all() == []
    offer(edition, "again@example.org")
    _long_ago(edition, held=100, sent=100)
    expiring.erase()
    anew = offer(edition, "again@example.org")
    assert isinstance(anew, Invitation)
    expiring.erase()
    (kept,) = houses.anew().scalars(select(Invitation)).all()
    assert kept.expires_on == db.now().date() + ANSWERED_WITHIN


def test_page_mail_and_api_say_until_when(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    offer(edition)
    (mail,) = mails_to(ADDRESS)
    assert "11 July 2027" in mail.payload["text"]
    admin = houses.a_person(role="administrator")
    client = houses.signed_in(houses.visitor(house), admin)
    assert "Jul 11, 2027" in client.get(f"/en/admin/editions/{edition.slug}/enrol").text
    bearing = houses.bearing(houses.a_token(admin))
    listed = client.get(f"/api/v1/editions/{edition.slug}/invitations", headers=bearing).json
    assert [one["expires_on"] for one in listed["items"]] == ["2027-07-11"]


def test_an_invitation_outlives_its_mail(house: Flask) -> None:
    offer(houses.an_edition(state="open"))
    (mail,) = mails_to(ADDRESS)
    with db.transaction() as session:
        session.delete(session.get_one(Outbox, mail.id))
    assert houses.anew().scalars(select(Invitation)).one().mail_id is None


def test_bringing_the_tables_up_to_date_loses_no_invitation(house: Flask) -> None:
    edition, admin = houses.an_edition(), houses.a_person(role="administrator")
    with db.transaction() as session:
        here = session.get_one(Edition, edition.activity_id).activity
        cohort = groups.make("Ministry", here, by=admin)
    offer(edition, cohort=cohort)
    houses.anew()
    flask_migrate.downgrade(revision="0002")
    flask_migrate.upgrade()
    assert len(houses.anew().scalars(select(Expected)).all()) == 1
    assert db.session().execute(text("SELECT count(*) FROM cohorts_invitation")).scalar() == 1
