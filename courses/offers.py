"""Offers: what the catalogue holds, as plain values, and how facets choose among them."""

from __future__ import annotations

from bisect import bisect_right
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


@dataclass(frozen=True, slots=True)
class Shelf:
    """All offers in their order, and what is asked of them often: whose address or key it is,
    those of a type, the values of each facet, and one offer at each place."""

    offers: Sequence[Offer]
    by_slug: Mapping[str, Offer]
    by_key: Mapping[str, Offer]
    by_kind: Mapping[str, Sequence[Offer]]
    values: Mapping[str, frozenset[str]]
    at: Mapping[str, Offer]
    ranks: Mapping[str, int]


def arrange(offers: Sequence[Offer]) -> Shelf:
    """Put them onto a shelf."""
    return Shelf(
        offers=offers,
        by_slug={one.slug: one for one in offers},
        by_key={one.key: one for one in offers},
        by_kind={kind: tuple(one for one in offers if one.kind == kind) for kind in TYPES},
        values={
            facet: frozenset(value for one in offers for value in one.values(facet))
            for facet in FACETS
        },
        at={one.place: one for one in offers},
        ranks={one.slug: rank for rank, one in enumerate(offers)},
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Some offers in their order, how many there are in all, and the slugs after which this page,
    the one before and the one after it begin: "" is the beginning, None says there is none."""

    offers: Sequence[Offer]
    count: int
    previous: str | None
    next: str | None


def page(shelf: Shelf, wanted: Wanted, *, after: str, limit: int) -> Page:
    """What answers to the facets after this slug ("": from the beginning), at most `limit`."""
    chosen = choose(shelf.offers, wanted)
    place = shelf.ranks[after] if after else -1
    begin = bisect_right([shelf.ranks[one.slug] for one in chosen], place)
    shown, left = chosen[begin : begin + limit], len(chosen) - begin
    return Page(
        offers=shown,
        count=len(chosen),
        previous=_slug_before(chosen, begin - limit) if begin else None,
        next=shown[-1].slug if left > limit else None,
    )


def _slug_before(chosen: Sequence[Offer], place: int) -> str:
    return chosen[place - 1].slug if place > 0 else ""


def known(shelf: Shelf, asked: Wanted) -> dict[str, list[str]]:
    """What of the asked values some offer has, each once; the rest is nobody's business."""
    return {
        facet: [one for one in dict.fromkeys(asked.get(facet, ())) if one in shelf.values[facet]]
        for facet in FACETS
    }


def choose(offers: Iterable[Offer], wanted: Wanted) -> list[Offer]:
    """The offers that answer to every facet of which something is wanted, in their order."""
    if not any(wanted.values()):
        return list(offers)
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
