"""Documents: of whom or what they are kept, when one may be written, and how two become one.

Sources: xAPI 1.0.3 Communication, sections 2.2, 2.3, 2.6, 2.7 and 3.1; IEEE 9274.1.1, 4.1.4 where
2.0 differs. Names of parameters are those of the standard.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Raw

from app.errors import Conflict, Problem, TooLarge

_Shape = TypeVar("_Shape")

LARGEST = 2 * 1024 * 1024
"""Bytes of a document, also of one that grew by what was posted to it."""


class Stale(Problem):
    """If-Match or If-None-Match says something else than what is kept."""

    status = 412
    title = "This was changed meanwhile"


@dataclass(frozen=True, slots=True)
class Resource:
    """One of the three: its words, its section, the parameter that names one document, the
    parameters that say whose they are, the scope it asks for."""

    name: str
    section: str
    id: str
    whose: tuple[str, ...]
    scope: str


STATE = Resource("state", "2.3", "stateId", ("activityId", "agent", "registration"), "state")
AGENT = Resource("agent profile", "2.6", "profileId", ("agent",), "profile")
ACTIVITY = Resource("activity profile", "2.7", "profileId", ("activityId",), "profile")


@dataclass(frozen=True, slots=True)
class Context:
    """Whose documents: of an activity, of an agent (agents.key), of both. A state without a
    registration stands beside those of every registration."""

    resource: Resource
    activity: str | None = None
    agent: str | None = None
    registration: UUID | None = None

    @property
    def key(self) -> UUID:
        """One name for all of it, however long its parts are."""
        return _key(
            self.resource.name, self.activity or "", self.agent or "", str(self.registration or "")
        )

    def key_of(self, name: str) -> UUID:
        """The key of one document in it."""
        return _key(str(self.key), name)


def _key(*parts: str) -> UUID:
    return UUID(bytes=hashlib.sha256(msgspec.json.encode(parts)).digest()[:16])


@dataclass(frozen=True, slots=True)
class Content:
    """What a document holds: its bytes, and the type they were sent with."""

    type: str
    bytes: bytes

    @property
    def etag(self) -> str:
        """SHA-1 of the bytes, as 1.0.x asks (Communication, 3.1.s4.b2)."""
        return etag(self.bytes)

    @property
    def is_json(self) -> bool:
        return self.type.partition(";")[0].strip().lower() == "application/json"


def etag(told: bytes) -> str:
    return hashlib.sha1(told, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of If-Match or If-None-Match; `any` is the asterisk.

    A weak tag counts as the tag: ours are hashes of the bytes, and proxies that compress weaken
    them.
    """

    named: frozenset[str] = frozenset()
    any: bool = False

    def meet(self, standing: str | None) -> bool:
        return standing is not None and (self.any or standing in self.named)


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a document is written: the version that is spoken, and the two headers."""

    version: str
    match: Tags | None = None
    none_match: Tags | None = None

    def check(self, resource: Resource, standing: str | None, *, replaces: bool) -> None:
        """May the document with this tag (None: there is none) be written? `replaces` is a PUT.

        Raises Stale, Conflict or Problem.
        """
        if self.match is not None and not self.match.meet(standing):
            what = "is another now" if standing else "is not there"
            raise Stale(f"If-Match: the {resource.name} {what} (xAPI Communication, 3.1).")
        if self.none_match is not None and self.none_match.meet(standing):
            raise Stale(
                f"If-None-Match: the {resource.name} is there already (xAPI Communication, 3.1)."
            )
        if replaces and self.match is None and self.none_match is None:
            self._unheard(resource, standing)

    def _unheard(self, resource: Resource, standing: str | None) -> None:
        """A PUT without either header. In 1.0.x states are left out (3.1.s3); 2.0 asks it of all
        three, where there is something to lose."""
        before_2 = self.version < "2"
        if before_2 and resource is STATE:
            return
        if standing is not None:
            raise Conflict(
                f"There is a {resource.name} of this name already. Read it, then send the ETag you "
                "were given as If-Match to replace it (xAPI Communication, 3.1)."
            )
        if before_2:
            raise Problem(
                f"A PUT of an {resource.name} says by If-Match or If-None-Match what it takes to "
                "be there: send If-None-Match: * (xAPI Communication, 3.1)."
            )


def check(content: Content) -> None:
    """What says that it is JSON must be JSON. Raises Problem."""
    if content.is_json:
        _read(content.bytes, Raw, "The body")


def merged(standing: Content, posted: Content) -> Content:
    """The members of what is posted set on what stands (Communication, 2.2.s7); the text of each
    value is kept as it came.

    Raises Problem, TooLarge.
    """
    for content, which in ((posted, "The body"), (standing, "The document that is kept")):
        if not content.is_json:
            raise Problem(
                f"{which} is no application/json, so that they cannot be merged "
                "(xAPI Communication, 2.2)."
            )
    told = msgspec.json.encode(
        _read(standing.bytes, dict[str, Raw], "The document that is kept")
        | _read(posted.bytes, dict[str, Raw], "The body")
    )
    if len(told) > LARGEST:
        raise TooLarge(f"Merged, this is more than {LARGEST // 1_000_000} MB; nothing was changed.")
    return Content(standing.type, told)


def _read(told: bytes, shape: type[_Shape], which: str) -> _Shape:
    try:
        told.decode()  # msgspec reads past the inside of a Raw
        found: _Shape = msgspec.json.decode(told, type=shape)
        return found
    except msgspec.ValidationError as wrong:
        raise Problem(f"{which} is no JSON object (xAPI Communication, 2.2).") from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Problem(f"{which} is no JSON: {wrong} (xAPI Communication, 2.2).") from wrong
