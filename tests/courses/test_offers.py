"""Choosing by facets: what is shown is what was counted."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from courses import offers
from courses.offers import FACETS, Offer

PLACES = [None, {"city": "Geneva"}, {"city": "Dar es Salaam"}]


@st.composite
def an_offer(draw: st.DrawFn) -> Offer:
    facts = {
        "mode": draw(st.sampled_from(["online", "in_person", "on_request"])),
        "languages": draw(st.lists(st.sampled_from(["en", "fr", "es"]), unique=True)),
        "place": draw(st.sampled_from(PLACES)),
    }
    kind = draw(st.sampled_from(offers.TYPES))
    return Offer(UUID(int=0), "courses/x", kind, "x", {"en": "X"}, facts, {})


some_offers = st.lists(an_offer(), max_size=12)
wishes = st.fixed_dictionaries(
    {
        "type": st.lists(st.sampled_from(offers.TYPES), unique=True),
        "language": st.lists(st.sampled_from(["en", "fr", "es"]), unique=True),
        "place": st.lists(st.sampled_from(["online", "geneva", "on_request"]), unique=True),
    }
)


@given(some_offers, wishes)
def test_what_is_shown_answers_to_every_facet(all_: list[Offer], wanted: offers.Wanted) -> None:
    for offer in offers.choose(all_, wanted):
        for facet, values in wanted.items():
            assert not values or set(values) & set(offer.values(facet))


@given(some_offers, wishes)
def test_a_count_is_what_its_choice_alone_would_show(
    all_: list[Offer], wanted: offers.Wanted
) -> None:
    for facet, values in offers.count(all_, wanted).items():
        for value, number in values.items():
            assert number == len(offers.choose(all_, {**wanted, facet: [value]}))


@given(some_offers)
def test_nothing_wanted_shows_everything(all_: list[Offer]) -> None:
    assert offers.choose(all_, dict.fromkeys(FACETS, ())) == all_


@given(st.lists(an_offer(), max_size=25), wishes, st.integers(1, 7))
def test_pages_show_everything_once_and_lead_back(
    all_: list[Offer], wanted: offers.Wanted, limit: int
) -> None:
    named = [replace(one, slug=f"x{place}") for place, one in enumerate(all_)]
    shelf = offers.arrange(named)
    pages, after = [], ""
    while True:
        page = offers.page(shelf, wanted, after=after, limit=limit)
        pages.append((after, page))
        if page.next is None:
            break
        after = page.next
    assert [one for _, page in pages for one in page.offers] == offers.choose(named, wanted)
    assert all(len(page.offers) <= limit for _, page in pages)
    assert all(page.count == len(offers.choose(named, wanted)) for _, page in pages)
    assert [page.previous for _, page in pages] == [None, *(before for before, _ in pages[:-1])]


def test_values_that_no_offer_has_are_left_out() -> None:
    moshi = Offer(
        UUID(int=0),
        "courses/m",
        "course",
        "m",
        {},
        {"mode": "in_person", "languages": ["en"], "place": {"city": "Moshi"}},
        {},
    )
    asked = {"place": ["moshi", "moshi", "<script>"], "language": ["xx"]}
    assert offers.known(offers.arrange([moshi]), asked) == {
        "type": [],
        "language": [],
        "place": ["moshi"],
    }
