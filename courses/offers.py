"""Offers: what the catalogue holds, as plain values, and how facets choose among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.markdown import paragraphs
from app.vocabulary import Words, say

TYPES = ("course", "module", "service")
FACETS = ("type", "language", "place")

ONLINE = "online"
ON_REQUEST = "on_request"

Wanted = Mapping[str, Sequence[str]]
"""The chosen values of each facet: one of a facet's is enough, every facet counts."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An annual course, a module or a training on request; see models.Course for its facts."""

    activity_id: UUID
    key: str
    kind: str
    slug: str
    titles: Words
    facts: Mapping[str, Any]
    words: Mapping[str, Mapping[str, Any]]

    def title(self, language: str) -> str:
        return say(dict(self.titles), language)

    def said(self, language: str) -> Mapping[str, Any]:
        """Its words in this language, else in English, else in any."""
        known = self.words
        return known.get(language) or known.get("en") or next(iter(known.values()), {})

    def description(self, language: str) -> list[str]:
        """The paragraphs that describe it."""
        said = self.said(language)
        return paragraphs(said.get("description") or said.get("summary") or "")

    @property
    def url(self) -> str:
        """Its page, without the language."""
        return f"/courses/{self.slug}"

    @property
    def languages(self) -> Sequence[str]:
        """The languages in which it is given; none when they are not published."""
        return tuple(self.facts.get("languages") or ())

    @property
    def place(self) -> str:
        """The value of its place among the facets: online, on_request, or a city ("geneva")."""
        if self.kind == "module" or self.facts.get("mode") == "online":
            return ONLINE
        city = (self.facts.get("place") or {}).get("city")
        return city.casefold().replace(" ", "-") if city else ON_REQUEST

    @property
    def in_preparation(self) -> bool:
        """Announced with its outline; there is nothing to begin yet."""
        return self.kind == "module" and self.facts.get("status") != "open"

    def values(self, facet: str) -> Sequence[str]:
        """What it answers to in a facet."""
        match facet:
            case "type":
                return (self.kind,)
            case "language":
                return self.languages
            case "place":
                return (self.place,)
        raise ValueError(f"no facet is called {facet}")


def known(offers: Iterable[Offer], asked: Wanted) -> dict[str, list[str]]:
    """What of the asked values some offer has, each once; the rest is nobody's business."""
    there = {facet: {one for offer in offers for one in offer.values(facet)} for facet in FACETS}
    return {
        facet: [one for one in dict.fromkeys(asked.get(facet, ())) if one in there[facet]]
        for facet in FACETS
    }


def choose(offers: Iterable[Offer], wanted: Wanted) -> list[Offer]:
    """The offers that answer to every facet of which something is wanted, in their order."""
    return [
        offer
        for offer in offers
        if all(set(values) & set(offer.values(facet)) for facet, values in wanted.items() if values)
    ]


def count(offers: Sequence[Offer], wanted: Wanted) -> dict[str, dict[str, int]]:
    """How many offers each value of each facet would show beside what is wanted in the others;
    values that some offer has are there with 0 too."""
    counts: dict[str, dict[str, int]] = {}
    for facet in FACETS:
        others = {name: values for name, values in wanted.items() if name != facet}
        known = dict.fromkeys((one for offer in offers for one in offer.values(facet)), 0)
        found = Counter(one for offer in choose(offers, others) for one in offer.values(facet))
        counts[facet] = {**known, **found}
    return counts
