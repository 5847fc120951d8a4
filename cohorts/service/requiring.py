"""Requiring: what completing an edition asks is foreseen, then changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import activities, audit, completion, db, passage, permissions, revising
from app.errors import Conflict, Invalid
from app.models import Person
from app.passage import Explanation
from cohorts import rules
from cohorts.models import Edition
from cohorts.service import asking, changing, editions, enrolling

NAMED = 50
"""How many people a preview names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a change would do: `gaining` would complete at once, `keeping` no longer meet the rule
    and keep their completion, `staying` are all others. `named` are the names of the first that
    gain, in the order of the alphabet; `words` the rule, None where nothing is asked."""

    words: Explanation | None
    gaining: int
    named: Sequence[str]
    keeping: int
    staying: int

    @property
    def more(self) -> int:
        """How many gain and are not named."""
        return self.gaining - len(self.named)


def foresee(edition: Edition, asks: Mapping[str, Any], *, by: Person, language: str) -> Foreseen:
    """What another rule would do to whom; nothing is changed. Raises Forbidden, Invalid."""
    permissions.demand(by, "editions.write", edition.activity)
    asked = _asked(edition, asks)
    planned = [one.activity.iri for one in editions.programme(edition)]
    return of_rule(edition, rules.rule(asked, planned, activities.iri), language=language)


def of_rule(edition: Edition, rule: dict[str, Any] | None, *, language: str) -> Foreseen:
    """The same for a rule as the engine knows it."""
    seen = revising.preview(edition.activity, rule)
    return Foreseen(
        words=_in_words(edition, rule, language),
        gaining=len(seen.gaining),
        named=_names(seen.gaining),
        keeping=len(seen.keeping),
        staying=seen.staying,
    )


def _in_words(edition: Edition, rule: dict[str, Any] | None, language: str) -> Explanation | None:
    return passage.in_general(completion.parse(rule), edition.activity, language) if rule else None


def _names(persons: Sequence[UUID]) -> list[str]:
    """The first names of these people; one query for each thousand."""
    found: list[str] = []
    for first in range(0, len(persons), 1000):
        some = select(Person.name).where(Person.id.in_(persons[first : first + 1000]))
        found += db.session().scalars(some.order_by(Person.folded).limit(NAMED))
    return sorted(found, key=str.casefold)[:NAMED]


def change(edition: Edition, asks: Mapping[str, Any], *, by: Person) -> None:
    """Let completing it ask this from now on; who meets it completes at once.

    Raises Forbidden, Invalid by field.
    """
    permissions.demand(by, "editions.write", edition.activity)
    enrolling.hold(edition)
    asked, before = _asked(edition, asks), dict(edition.asks)
    if asked == before:
        return
    edition.asks = asked
    editions.settle(edition)
    revising.reevaluate(edition.activity, by=by)
    audit.record("edition.rule_changed", edition.activity.key, actor=by, before=before, after=asked)


def _asked(edition: Edition, asks: Mapping[str, Any]) -> dict[str, Any]:
    asked = asking.check(asks)
    if edition.state == "open":
        try:
            changing.demand_sessions(asked, editions.programme(edition))
        except Conflict as without:
            raise Invalid({"attendance": without.sentence}) from None
    return asked
