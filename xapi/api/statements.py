"""/xapi/statements: store and find statements (xAPI Communication, 2.1)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from flask import Response, request
from msgspec import Raw
from werkzeug.http import http_date

from app import db, web
from app.errors import NotFound, Problem
from xapi import agents, attachments, bodies, parts, rules
from xapi.api import door, taking
from xapi.api.parameters import Parameters
from xapi.attachments import File
from xapi.models import Credential
from xapi.parts import Sent, Written
from xapi.rules import Checked
from xapi.service import attachments as contents
from xapi.service import inbox, players, search
from xapi.service.inbox import Batch
from xapi.service.matching import Query, Reach

_SECTION = "2.1.3"
_MIXED = "multipart/mixed"
_ONE = frozenset({"statementId", "voidedStatementId"})
_SHOWN = frozenset({"format", "attachments"})
_ASKED = frozenset(
    {
        "agent",
        "verb",
        "activity",
        "registration",
        "since",
        "until",
        "limit",
        "ascending",
        "related_activities",
        "related_agents",
    }
)


@door.blueprint.put("/statements")
@web.takes("XAPI_REQUEST", by=taking.take)
def put_statement() -> Any:
    """Store one statement under the id of the address (Communication, 2.1.1)."""
    credential = door.writer()
    given = Parameters(request.args, "2.1.1")
    given.only({"statementId"})
    given.needed("statementId")
    statement_id = given.uuid("statementId")
    sent = taking.sent()
    received = inbox.receive(
        _text(sent), version=door.version(), statement_id=statement_id, sent=sent
    )
    _store([received], sent, credential)
    return "", 204


@door.blueprint.post("/statements")
@web.takes("XAPI_REQUEST", by=taking.take)
def post_statements() -> Any:
    """Store one statement or a list of them: all or none (Communication, 2.1.2)."""
    credential = door.writer()
    Parameters(request.args, "2.1.2").only(())
    sent = taking.sent()
    raws = _raws(sent)
    if len(raws) > inbox.PIECE and credential.registration_id is None:
        ids = _store_in_pieces(raws, sent, credential)
    else:
        received = list(_received(raws, sent, door.version()))
        ids = _each_once(one.id for one in received)
        _store(received, sent, credential)
    return Response(msgspec.json.encode(list(map(str, ids))), mimetype="application/json")


def _store(received: Sequence[inbox.Received], sent: Sent, credential: Credential) -> None:
    attachments.check_named(sent, (one.checked for one in received))
    contents.lay_down(file for one in received for file in one.files)
    sender = door.sender(credential)
    if credential.registration_id is None:
        inbox.send(Batch(received, **sender))
    else:  # what a player says moves progress: the act is this request's
        db.write_after_all()
        players.take(received, credential, version=door.version())
    door.stored(len(received))


def _store_in_pieces(raws: Sequence[Raw], sent: Sent, credential: Credential) -> list[UUID]:
    """A large batch is judged whole before any of it is kept, and read again then, so that no more
    than a piece of it stands in memory."""
    version, sender = door.version(), door.sender(credential)
    ids: list[UUID] = []
    files: list[File] = []

    def judged() -> Iterator[Checked]:
        for one in _received(raws, sent, version):
            ids.append(one.id)
            files.extend(one.files)
            yield one.checked

    def pieces() -> Iterator[Batch]:
        """Asked by whoever keeps it, which may be another request: nothing here asks for this."""
        for first in range(0, len(raws), inbox.PIECE):
            piece = slice(first, first + inbox.PIECE)
            yield Batch(list(_received(raws[piece], sent, version, ids[piece])), **sender)

    attachments.check_named(sent, judged())
    _each_once(ids)
    contents.lay_down(files)
    inbox.send_whole(pieces)
    door.stored(len(ids))
    return ids


def _each_once(ids: Iterable[UUID]) -> list[UUID]:
    seen: dict[UUID, None] = {}
    for one in ids:
        if one in seen:
            raise Problem(f"The id {one} stands twice in this request; nothing was stored.")
        seen[one] = None
    return list(seen)


def _text(sent: Sent) -> str:
    try:
        return sent.text.decode()
    except UnicodeDecodeError as wrong:
        raise Problem(f"The body is not UTF-8: {wrong.reason} at byte {wrong.start}.") from wrong


def _raws(sent: Sent) -> Sequence[Raw]:
    """Each statement as it came: views of the body, which is held once."""
    body = sent.text
    return rules.read(body, list[Raw]) if body.lstrip().startswith(b"[") else [Raw(body)]


def _received(
    raws: Sequence[Raw], sent: Sent, version: str, ids: Sequence[UUID | None] = ()
) -> Iterator[inbox.Received]:
    """Each read and judged, one by one; under these ids where they are known already."""
    alone = len(raws) == 1 and not sent.text.lstrip().startswith(b"[")
    for place, (raw, known) in enumerate(zip_longest(raws, ids)):
        try:
            text = bytes(raw).decode()
            yield inbox.receive(text, version=version, statement_id=known, sent=sent)
        except UnicodeDecodeError as wrong:
            raise Problem(f"The body is not UTF-8: {wrong.reason}.") from wrong
        except rules.Broken as broken:
            if alone:
                raise
            raise Problem(f"Statement {place} of the list: {broken.sentence}") from broken


@door.blueprint.get("/statements")
def get_statements() -> Any:
    """One statement by its id, or those that match (Communication, 2.1.3)."""
    reach = door.readable()
    asked: Mapping[str, str] = request.args
    if "more" in asked:
        Parameters(asked, _SECTION).only({"more"})
        asked, after = _opened(asked["more"])
    else:
        after = None
    Parameters(asked, _SECTION).only(_ONE | _SHOWN | _ASKED)
    if asked.get("format", "exact") not in ("exact", "ids", "canonical"):
        raise Problem("format is one of exact, ids, canonical.")
    if _ONE & asked.keys():
        return _one(asked, reach)
    return _page(asked, replace(_query(asked), after=after, reach=reach))


def _one(asked: Mapping[str, str], reach: Reach) -> Response:
    if len(asked.keys() - _SHOWN) > 1:
        raise Problem("statementId or voidedStatementId stands alone, but for format.")
    given = Parameters(asked, _SECTION)
    statement_id = given.uuid("statementId") or given.uuid("voidedStatementId")
    if statement_id is None:
        raise Problem("statementId or voidedStatementId is missing.")
    found = search.one(statement_id, voided="voidedStatementId" in asked, reach=reach)
    if found is None:
        raise NotFound("There is no such statement.")
    shown = _shown(found.body, asked)
    answer = _told(shown, asked, [found.seq])
    answer.headers["Last-Modified"] = http_date(found.stored)
    # The boundary is another each time: with attachments it means the same, and is not the same.
    tag = hashlib.sha1(f"{shown}{answer.mimetype}".encode(), usedforsecurity=False).hexdigest()
    answer.set_etag(tag, weak=answer.mimetype == _MIXED)
    answer.make_conditional(request)
    return answer


def _page(asked: Mapping[str, str], query: Query) -> Response:
    found = search.page(query, door.through())
    told = ",".join(_shown(body, asked) for body in found.bodies)
    more = _closed(asked, found.more) if found.more is not None else ""
    return _told(f'{{"statements":[{told}],"more":"{more}"}}', asked, found.seqs)


def _told(text: str, asked: Mapping[str, str], seqs: Sequence[int]) -> Response:
    """JSON, with what is attached to these statements where that is asked for: each once, read
    while it is sent."""
    if not Parameters(asked, _SECTION).flag("attachments"):
        return Response(text, mimetype="application/json")
    raw = text.encode()
    written = [Written({"Content-Type": "application/json"}, len(raw), lambda: (raw,))]
    written += [attachments.written(one) for one in contents.of(seqs)]
    boundary = secrets.token_hex(20)
    answer = Response(parts.write(written, boundary))
    answer.headers["Content-Type"] = f"{_MIXED}; boundary={boundary}"
    answer.headers["Content-Security-Policy"] = "sandbox"  # what a stranger sent is no page of ours
    answer.content_length = parts.length(written, boundary)
    return answer


def _shown(body: str, asked: Mapping[str, str]) -> str:
    match asked.get("format"):
        case "ids":
            return msgspec.json.encode(bodies.in_ids(msgspec.json.decode(body))).decode()
        case "canonical":
            languages = [tag for tag, _ in request.accept_languages]
            told = bodies.in_one_language(msgspec.json.decode(body), languages)
            return msgspec.json.encode(told).decode()
    return body


def _query(asked: Mapping[str, str]) -> Query:
    """What is asked for. Raises Problem with the parameter that is wrong."""
    given = Parameters(asked, _SECTION)
    agent = given.agent()
    limit = asked.get("limit", "0")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 10):
        raise Problem("limit is a number, 0 or more.")
    return Query(
        agent=agents.key(agent) if agent is not None else None,
        verb=given.iri("verb"),
        activity=given.iri("activity"),
        registration=given.uuid("registration"),
        related_agents=given.flag("related_agents"),
        related_activities=given.flag("related_activities"),
        since=given.moment("since"),
        until=given.moment("until"),
        ascending=given.flag("ascending"),
        limit=int(limit),
    )


def _closed(asked: Mapping[str, str], after: int) -> str:
    """The address of the next page, relative to this host: what was asked, and how far it is."""
    sealed = base64.urlsafe_b64encode(msgspec.json.encode([dict(asked), after])).decode()
    return f"/xapi/statements?more={quote(sealed)}"


def _opened(sealed: str) -> tuple[Mapping[str, str], int]:
    try:
        text = base64.urlsafe_b64decode(sealed.encode())
        asked, after = msgspec.json.decode(text, type=tuple[dict[str, str], int])
    except (ValueError, msgspec.MsgspecError) as wrong:
        raise Problem("This page is not known; ask again from the beginning.") from wrong
    if not 0 <= after < 2**63:
        raise Problem("This page is not known; ask again from the beginning.")
    return asked, after
