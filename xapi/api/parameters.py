"""The parameters of a request, read: what is wrong is said with its name and the section."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from werkzeug.datastructures import MultiDict

from app.errors import Problem
from xapi import rules
from xapi.shapes import Agent, Iri, Moment, Uuid


@dataclass(frozen=True, slots=True)
class Parameters:
    """What stands in the address, and the section of Communication that says what may."""

    asked: Mapping[str, str]
    section: str

    def only(self, known: Collection[str]) -> None:
        """Raises Problem where another parameter stands, or one of them twice."""
        for name in self.asked:
            if name not in known:
                raise self.wrong(name, "is no parameter of this request")
            if isinstance(self.asked, MultiDict) and len(self.asked.getlist(name)) > 1:
                raise self.wrong(name, "stands twice in the address")

    def needed(self, name: str) -> str:
        if not self.asked.get(name):
            raise self.wrong(name, "is missing in the address")
        return self.asked[name]

    def agent(self, name: str = "agent") -> Agent | None:
        """An agent or group, sent as JSON."""
        if name not in self.asked:
            return None
        agent: Agent = rules.read(self.asked[name], Agent, name)
        rules.check_agent(agent, name)
        return agent

    def iri(self, name: str) -> str | None:
        return self._as(name, Iri)

    def uuid(self, name: str) -> UUID | None:
        text = self._as(name, Uuid)
        return UUID(text) if text else None

    def moment(self, name: str) -> datetime | None:
        # A plus that was not encoded arrives as a space.
        text = self._as(name, Moment, self.asked.get(name, "").replace(" ", "+"))
        return rules.moment(text, name) if text else None

    def flag(self, name: str) -> bool:
        text = self.asked.get(name, "false").lower()
        if text not in ("true", "false"):
            raise self.wrong(name, "is true or false")
        return text == "true"

    def wrong(self, name: str, sentence: str) -> Problem:
        return Problem(f"{name[:100]}: {sentence} (xAPI Communication, {self.section}).")

    def _as(self, name: str, shape: Any, text: str | None = None) -> str | None:
        if name not in self.asked:
            return None
        try:
            found: str = msgspec.convert(text or self.asked[name], shape, strict=True)
            return found
        except msgspec.ValidationError as wrong:
            raise rules.in_words(str(wrong), name) from wrong
