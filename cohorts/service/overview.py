"""Overview: all that staff see of one edition at a glance, and what is left to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import passage
from app.models import Activity, Person
from app.passage import Explanation
from cohorts.models import Edition, Session
from cohorts.service import editions, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """An edition, what it asks in words, and what is left to do: "sessions", "publish",
    "people"."""

    edition: Edition
    course: Activity
    when: str
    taken: int
    programme: Sequence[Session]
    rule: Explanation | None
    to_do: Sequence[str]

    @property
    def sessions(self) -> int:
        return len(self.programme)


def overview(by: Person, slug: str, *, language: str) -> Overview:
    """The same for who looks after it. Raises NotFound, Forbidden."""
    edition = editions.get_as_staff(by, slug)
    row = listing.row(edition)
    planned = editions.programme(edition)
    return Overview(
        edition=edition,
        course=row.course,
        when=row.when,
        taken=row.taken,
        programme=planned,
        rule=passage.requirement(edition.activity, language=language),
        to_do=_to_do(edition, len(planned), row.taken),
    )


def _to_do(edition: Edition, sessions: int, taken: int) -> list[str]:
    left = {
        "sessions": not sessions and bool(edition.asks.get("attendance")),
        "publish": edition.state == "draft",
        "people": edition.state in ("draft", "open") and not taken,
    }
    return [name for name, is_left in left.items() if is_left]
