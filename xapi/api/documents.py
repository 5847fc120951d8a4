"""/xapi/activities/state, /activities/profile and /agents/profile: one set of functions for all
three (xAPI Communication, 2.2, 2.3, 2.6, 2.7).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request
from werkzeug.datastructures import ETags
from werkzeug.http import http_date

from app import web
from app.errors import NotFound
from xapi import agents
from xapi.api import door
from xapi.api.parameters import Parameters
from xapi.documents import ACTIVITY, AGENT, LARGEST, STATE, Content, Context, Resource, Tags, Terms
from xapi.service import documents

_ADDRESSES = {
    "/activities/state": STATE,
    "/activities/profile": ACTIVITY,
    "/agents/profile": AGENT,
}
_ANY = "application/octet-stream"


def _get(resource: Resource) -> Response:
    """One document, or the ids of all in the context."""
    door.demand(resource.scope, reads=True)
    given = Parameters(request.args, resource.section)
    if resource.id not in given.asked:
        given.only({*resource.whose, "since"})
        found = documents.names(_context(given, resource), since=given.moment("since"))
        return _answer(found.told, "application/json", found.etag, found.updated_at)
    given.only({*resource.whose, resource.id})
    one = documents.find(_context(given, resource), _name(given, resource))
    if one is None:
        raise NotFound(f"There is no {resource.name} of this name.")
    return _answer(one.content, one.type, one.etag, one.updated_at)


@web.takes(LARGEST)
def _write(resource: Resource) -> Any:
    """PUT replaces a document, POST merges with it."""
    door.demand(resource.scope)
    given = Parameters(request.args, resource.section)
    given.only({*resource.whose, resource.id})
    context, name = _context(given, resource), _name(given, resource)
    content = Content(request.headers.get("Content-Type") or _ANY, request.get_data())
    keep = documents.put if request.method == "PUT" else documents.post
    keep(context, name, content, on=_terms())
    return "", 204


def _delete(resource: Resource) -> Any:
    """One document; of states, all of a context where none is named."""
    door.demand(resource.scope)
    given = Parameters(request.args, resource.section)
    given.only({*resource.whose, resource.id})
    context = _context(given, resource)
    if resource is STATE and resource.id not in given.asked:
        documents.remove_all(context, on=_terms())
    else:
        documents.remove(context, _name(given, resource), on=_terms())
    return "", 204


for _address, _resource in _ADDRESSES.items():
    for _view, _methods in ((_get, ["GET"]), (_write, ["PUT", "POST"]), (_delete, ["DELETE"])):
        door.blueprint.add_url_rule(
            _address,
            endpoint=f"{_resource.name} {_view.__name__}".replace(" ", "_"),
            view_func=_view,
            methods=_methods,
            defaults={"resource": _resource},
        )


def _context(given: Parameters, resource: Resource) -> Context:
    for name in resource.whose:
        if name != "registration":
            given.needed(name)
    agent = given.agent()
    if agent is not None and agent.objectType == "Group" and not agents.is_identified(agent):
        raise given.wrong("agent", "a group without identifier has no documents")
    context = Context(
        resource,
        activity=given.iri("activityId"),
        agent=agents.key(agent) if agent else None,
        registration=given.uuid("registration"),
    )
    door.open_documents(context)
    return context


def _name(given: Parameters, resource: Resource) -> str:
    name = given.needed(resource.id)
    if "\0" in name:
        raise given.wrong(resource.id, "holds a character that is none (NUL)")
    return name


def _terms() -> Terms:
    return Terms(door.version(), _tags(request.if_match), _tags(request.if_none_match))


def _tags(sent: ETags) -> Tags | None:
    return Tags(frozenset(sent.as_set(include_weak=True)), sent.star_tag) if sent else None


def _answer(told: bytes, kind: str, etag: str, updated_at: datetime | None) -> Response:
    answer = Response(told, content_type=kind)
    answer.set_etag(etag)
    if updated_at is not None:
        answer.headers["Last-Modified"] = http_date(updated_at)
    # What a stranger sent is no page of ours, whatever type it claims.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.make_conditional(request)
    return answer
