"""An offer as schema.org tells it to search engines; nothing that is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courses.offers import Offer

_PROVIDER = {
    "@type": "Organization",
    "name": "International Organization for Migration, International Migration Law Unit",
    "url": "https://www.iom.int",
}


def course(offer: Offer, language: str, *, url: str) -> dict[str, Any]:
    """JSON-LD of type Course (https://schema.org/Course); `url` is the address of its page.

    `hasCourseInstance` stands only where how, and how long or where, is known: an open module. The
    annual courses get theirs with the dates of an edition.
    """
    said = offer.said(language)
    known: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": url,
        "url": url,
        "name": offer.title(language),
        "description": said.get("summary"),
        "provider": _PROVIDER,
        "inLanguage": list(offer.languages),
        "teaches": list(said.get("objectives") or ()),
        "about": list(said.get("topics") or ()),
        "audience": _audience(said),
        "contributor": _partner(offer, said),
        "hasCourseInstance": _instance(offer),
    }
    return {name: value for name, value in known.items() if value}


def _audience(said: Mapping[str, Any]) -> dict[str, Any] | None:
    audience = said.get("audience")
    if not audience:
        return None
    words = audience if isinstance(audience, str) else "; ".join(audience)
    return {"@type": "Audience", "audienceType": words}


def _partner(offer: Offer, said: Mapping[str, Any]) -> dict[str, Any] | None:
    if not said.get("partner"):
        return None
    partner = {"@type": "Organization", "name": said["partner"]}
    address = offer.facts.get("partner_url")
    return {**partner, "url": address} if address else partner


def _instance(offer: Offer) -> dict[str, Any] | None:
    if offer.kind != "module" or offer.in_preparation:
        return None
    return {
        "@type": "CourseInstance",
        "courseMode": "online",
        "courseWorkload": f"PT{offer.facts['minutes']}M",
        "inLanguage": list(offer.languages),
    }
