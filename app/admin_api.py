"""What administrators do, as JSON: people and their roles, mails, jobs, the audit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app import activities, api, audit, erasure, outbox, people, record, web
from app import admin_schemas as schemas
from app.models import Person

blueprint = api.Blueprint("admin", __name__, description="For administrators")


def _list(page: tuple[Any, str | None]) -> dict[str, Any]:
    items, following = page
    return {"items": items, "next": following}


@blueprint.get("/people")
@blueprint.arguments(schemas.WantedPeople, location="query")
@blueprint.response(200, api.list_of(schemas.Somebody))
@api.needs("staff")
def find(asked: dict[str, Any], person: Person) -> Any:
    """People, the newest first; the erased ones only with state=erased."""
    paging = {"cursor": asked.pop("cursor"), "limit": asked.pop("limit")}
    return _list(people.find_page(people.Wanted(**asked), by=person, **paging))


@blueprint.route("/people/<uuid:person_id>")
class Somebody(MethodView):
    @blueprint.response(200, schemas.Somebody)
    @api.needs("staff")
    def get(self, person_id: UUID, person: Person) -> Any:
        """A person with her roles."""
        return people.get(person_id, by=person)

    @blueprint.arguments(schemas.Standing)
    @blueprint.response(200, schemas.Somebody)
    @api.needs("staff")
    def patch(self, asked: dict[str, Any], person_id: UUID, person: Person) -> Any:
        """Close an account, or open it again."""
        found = people.get(person_id, by=person)
        people.set_active(found, asked["active"], by=person)
        return found

    @blueprint.arguments(schemas.Confirmation)
    @blueprint.response(204)
    @api.needs("staff")
    def delete(self, asked: dict[str, Any], person_id: UUID, person: Person) -> None:
        """Erase an account for ever. What is recorded stays without a name."""
        found = people.get(person_id, by=person)
        erasure.check(found, **asked)
        erasure.erase(found, by=person)


@blueprint.get("/people/<uuid:person_id>/statements")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.StatementInWords))
@api.needs("staff")
def statements(asked: dict[str, Any], person_id: UUID, person: Person) -> Any:
    """Everything recorded about a person in plain words, the newest first."""
    found = people.get(person_id, by=person)
    return _list(record.statements(found, language=web.language(), name=found.name, **asked))


@blueprint.post("/people/<uuid:person_id>/roles")
@blueprint.arguments(schemas.NewRole)
@blueprint.response(201, schemas.Role)
@api.needs("staff")
def give_role(asked: dict[str, Any], person_id: UUID, person: Person) -> Any:
    """Give somebody a role; giving it twice is giving it once."""
    found = people.get(person_id, by=person)
    where = activities.get(asked["activity"]) if asked["activity"] else None
    return people.grant(found, asked["role"], where, by=person)


@blueprint.delete("/people/<uuid:person_id>/roles/<uuid:role_id>")
@blueprint.response(204)
@api.needs("staff")
def take_role(person_id: UUID, role_id: UUID, person: Person) -> None:
    """Remove a role; 409 for the last administrator."""
    people.take(people.get(person_id, by=person), role_id, by=person)


@blueprint.get("/mails")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.MailHead))
@api.needs("staff")
def mails(asked: dict[str, Any], person: Person) -> Any:
    """The mail that went out, the newest first; each is erased 90 days after it was sent."""
    return _list(outbox.mails(by=person, **asked))


@blueprint.get("/mails/<int(max=2147483647):mail_id>")
@blueprint.response(200, schemas.Mail)
@api.needs("staff")
def mail(mail_id: int, person: Person) -> Any:
    """One mail with its text."""
    return outbox.get_mail(mail_id, by=person)


@blueprint.get("/jobs")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.Job))
@api.needs("staff")
def jobs(asked: dict[str, Any], person: Person) -> Any:
    """The jobs that failed, the newest first."""
    return _list(outbox.failed(by=person, **asked))


@blueprint.post("/jobs/<int(max=2147483647):job_id>/replay")
@blueprint.response(202, schemas.Job)
@api.needs("staff")
def replay(job_id: int, person: Person) -> Any:
    """Try a job again at once."""
    return outbox.replay(job_id, by=person)


@blueprint.get("/audit-entries")
@blueprint.arguments(schemas.WantedEntries, location="query")
@blueprint.response(200, api.list_of(schemas.Entry))
@api.needs("staff")
def entries(asked: dict[str, Any], person: Person) -> Any:
    """Who did what, with what stood before and after, the newest first."""
    paging = {"cursor": asked.pop("cursor"), "limit": asked.pop("limit")}
    return _list(audit.find_page(audit.Wanted(**asked), by=person, **paging))
