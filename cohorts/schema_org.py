"""An open edition as schema.org tells it to search engines; nothing that is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def course(facts: Mapping[str, Any], *, course: str, title: str, url: str) -> dict[str, Any]:
    """JSON-LD of type Course (https://schema.org/Course) with one CourseInstance. `facts` are
    those of the edition: starts_on, ends_on, mode, place, languages; `url` is its page."""
    instance = {
        "@type": "CourseInstance",
        "@id": url,
        "url": url,
        "name": title,
        "courseMode": "onsite" if facts["mode"] == "in_person" else "online",
        "startDate": facts["starts_on"].isoformat(),
        "endDate": facts["ends_on"].isoformat(),
        "inLanguage": list(facts["languages"]),
        "location": _location(facts),
    }
    return {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": course,
        "provider": {
            "@type": "Organization",
            "name": "International Organization for Migration, International Migration Law Unit",
            "url": "https://www.iom.int",
        },
        "hasCourseInstance": {name: value for name, value in instance.items() if value},
    }


def _location(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    if facts["mode"] != "in_person" or not facts["place"]:
        return None
    return {"@type": "Place", "name": facts["place"], "address": facts["place"]}
