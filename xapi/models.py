"""Tables of the statement store: statements and what finds them, documents, credentials, and the
other stores that statements are forwarded to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, Json, now
from app.models import Registration


def _of_those_that_have(column: str, name: str, *more: str) -> Index:
    """An index that is written for some rows alone: most statements come from elsewhere."""
    there = text(f"{column} IS NOT NULL")
    return Index(name, column, *more, sqlite_where=there, postgresql_where=there)


class Statement(Base):
    """One statement as it was received, with what it is looked up by beside it.

    `seq` is the order of arrival. `agent_key` names the actor in whatever form it came (see
    statements.agent_key); `person_id` is whom of ours it is about. `target_id` is the statement
    that its object refers to. `authority` is the account of the credential that stored it; None is
    this house. `moves` says whether it may move progress. Ids are no foreign keys: strangers speak
    of activities and registrations that are not ours, and a statement outlives what it tells of.
    """

    __tablename__ = "xapi_statement"
    __table_args__ = (
        Index("ix_xapi_statement_agent", "agent_key", "seq"),
        Index("ix_xapi_statement_verb", "verb", "activity_id", "seq"),
        Index("ix_xapi_statement_activity", "activity_id", "seq"),
        Index("ix_xapi_statement_registration", "registration_id", "seq"),
        # What happened in this house: strangers' statements, which come by the million, stay out.
        Index(
            "ix_xapi_statement_passage",
            "registration_id",
            "activity_id",
            sqlite_where=text("moves IS 1"),
            postgresql_where=text("moves IS true"),
        ),
        _of_those_that_have("person_id", "ix_xapi_statement_person", "timestamp"),
        _of_those_that_have("target_id", "ix_xapi_statement_target"),
        Index("ix_xapi_statement_stored", "stored"),
        Index("ix_xapi_statement_authority", "authority", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    statement_id: Mapped[UUID] = mapped_column(unique=True)
    person_id: Mapped[UUID | None]
    registration_id: Mapped[UUID | None]
    activity_id: Mapped[UUID | None]
    target_id: Mapped[UUID | None]
    agent_key: Mapped[str] = mapped_column(Text)
    verb: Mapped[str] = mapped_column(Text)
    moves: Mapped[bool]
    voided_by: Mapped[UUID | None]
    authority: Mapped[str | None] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    timestamp: Mapped[datetime]
    stored: Mapped[datetime]


class Attachment(Base):
    """Contents that came with a statement: it names them by `sha2` (in lower case), the file store
    by `name` (their SHA-256, app.files). `length` is in bytes, `type` what it says of them."""

    __tablename__ = "xapi_attachment"
    __table_args__ = (Index("ix_xapi_attachment_name", "name"),)

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    sha2: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    length: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(Text)


class Spoken(Base):
    """An activity that strangers' statements spoke of: what was said of it, by all of them.

    `id` is that of app.models.activity_id. The definition is JSON as text, with whatever stands
    in it. Our own activities are rows of the engine.
    """

    __tablename__ = "xapi_activity"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    iri: Mapped[str] = mapped_column(Text)
    definition: Mapped[str] = mapped_column(Text)


class Mention(Base):
    """That a statement is found by a key (see mentions.py) beside what its row says."""

    __tablename__ = "xapi_mention"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )


class Credential(Base):
    """A key and secret with which another system speaks to /xapi; only a keyed hash is kept.

    `authority` is the account by which its statements name who stands for them; several
    credentials may share one (a new secret for the same system). `rate_limit` is how often it may
    come ("100 per minute"), where that is limited.

    With a registration it is that of a player of content: for this passage alone, and for a short
    time. `activities` are the IRIs of what it may move in it.
    """

    __tablename__ = "xapi_credential"
    __table_args__ = (
        Index(
            "ix_xapi_credential_player",
            "registration_id",
            "created_at",
            sqlite_where=text("registration_id IS NOT NULL"),
            postgresql_where=text("registration_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(200))
    authority: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[Any]]
    registration_id: Mapped[UUID | None] = mapped_column(ForeignKey("registration.id"))
    activities: Mapped[list[Any] | None] = mapped_column(Json)
    rate_limit: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    registration: Mapped[Registration | None] = relationship()


class Document(Base):
    """A state or a profile as it came: bytes, and the type they were sent with.

    `key` names the document, `context` whose it is (documents.Context): hashes, because an IRI or
    an id may be longer than an index holds, and because a registration that is not there must
    not make two of one. `agent_key` is that of agents.key.
    """

    __tablename__ = "xapi_document"
    __table_args__ = (Index("ix_xapi_document_context", "context", "updated_at"),)

    key: Mapped[UUID] = mapped_column(primary_key=True)
    context: Mapped[UUID]
    resource: Mapped[str] = mapped_column(String(20))
    activity: Mapped[str | None] = mapped_column(Text)
    agent_key: Mapped[str | None] = mapped_column(Text)
    registration_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    etag: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[datetime]
    content: Mapped[bytes]


class Target(Base):
    """Another store to which statements are forwarded, and how far this is.

    `secret` is sealed (app/sealing.py). Statements go there that are of one of the `verbs`, about
    one of the `activities` (both IRIs) and of one of the `authorities` (see rules in
    service/selecting.py); an empty list asks nothing. What `sends_as`, the authority by which this
    store sends to us, stored is never sent back to it. Everything up to the statement `cursor_seq`
    stored at `cursor_stored` was sent, or lies among the dead letters. `job_id` is the one job of
    the outbox that sends, `due_at` when it may do so again after a failure. `refusals` counts the
    statements refused in a row. `stopped_at`: given up until an administrator starts it again.
    """

    __tablename__ = "xapi_target"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id", ondelete="SET NULL"))
    label: Mapped[str] = mapped_column(String(200))
    endpoint: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(200))
    secret: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(String(16))
    verbs: Mapped[list[Any]]
    activities: Mapped[list[Any]]
    authorities: Mapped[list[Any]]
    sends_as: Mapped[str | None] = mapped_column(String(100))
    active: Mapped[bool]
    cursor_stored: Mapped[datetime]
    cursor_seq: Mapped[int] = mapped_column(BigInteger)
    sent: Mapped[int] = mapped_column(BigInteger, default=0)
    refusals: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]


class DeadLetter(Base):
    """A statement that another store refused: the status and the beginning of its answer the last
    of so many `times`. `again`: it is to be sent once more."""

    __tablename__ = "xapi_dead_letter"
    __table_args__ = (
        UniqueConstraint("target_id", "statement_id"),
        Index("ix_xapi_dead_letter_again", "target_id", "again", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    target_id: Mapped[UUID] = mapped_column(ForeignKey("xapi_target.id"))
    statement_id: Mapped[UUID]
    status: Mapped[int]
    answer: Mapped[str] = mapped_column(Text)
    times: Mapped[int] = mapped_column(default=1)
    again: Mapped[bool] = mapped_column(default=False)
    refused_at: Mapped[datetime]
