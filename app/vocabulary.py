"""Verbs and activity kinds, each with its IRI and its words in three languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Verb:
    """What a person did: an IRI of the field and how it is displayed (xAPI Data, Verb)."""

    iri: str
    display: Words


@dataclass(frozen=True, slots=True)
class Asking:
    """How a completion rule asks for activities of a kind, in the language of the moment.

    `one` of this title: Attend “Day 1, morning”. So many at least of `several`: Attend at least 8
    of the 10 sessions. So many are still `left`: 2 more sessions.
    """

    one: Callable[[str], str]
    several: Callable[[int, int], str]
    left: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of activity. `enterable`: a registration may begin here. `tracked`: has Progress.
    `award`: when completing it earns a certificate: "at_once", "on_release" or None (never).
    `asking`: its own words where a rule asks for it; without them it is to be completed.
    `foreign`: what a player of content tells of it, with a credential for the registration, moves
    its progress; of any other kind only the house tells what happened."""

    name: str
    iri: str
    words: Words
    enterable: bool = False
    tracked: bool = True
    award: str | None = None
    asking: Asking | None = None
    foreign: bool = False


_ADL = "http://adlnet.gov/expapi/verbs/"

VERBS: dict[str, Verb] = {
    "registered": Verb(
        _ADL + "registered",
        {"en": "registered for", "fr": "s’est inscrit à", "es": "se inscribió en"},
    ),
    "initialized": Verb(_ADL + "initialized", {"en": "began", "fr": "a commencé", "es": "comenzó"}),
    "progressed": Verb(
        _ADL + "progressed",
        {"en": "made progress in", "fr": "a avancé dans", "es": "avanzó en"},
    ),
    "scored": Verb(
        _ADL + "scored",
        {"en": "got a score in", "fr": "a obtenu une note à", "es": "obtuvo una nota en"},
    ),
    "completed": Verb(_ADL + "completed", {"en": "completed", "fr": "a terminé", "es": "completó"}),
    "answered": Verb(
        _ADL + "answered", {"en": "answered", "fr": "a répondu à", "es": "respondió a"}
    ),
    "passed": Verb(_ADL + "passed", {"en": "passed", "fr": "a réussi", "es": "aprobó"}),
    "failed": Verb(
        _ADL + "failed", {"en": "did not pass", "fr": "n’a pas réussi", "es": "no aprobó"}
    ),
    "attended": Verb(_ADL + "attended", {"en": "attended", "fr": "a assisté à", "es": "asistió a"}),
    "updated": Verb(
        "http://activitystrea.ms/schema/1.0/update",
        {
            "en": "has a new plan for",
            "fr": "a un nouveau plan pour",
            "es": "tiene un nuevo plan para",
        },
    ),
    "voided": Verb(_ADL + "voided", {"en": "took back", "fr": "a annulé", "es": "anuló"}),
    "earned": Verb(
        "http://id.tincanapi.com/verb/earned",
        {"en": "earned", "fr": "a obtenu", "es": "obtuvo"},
    ),
}

VERB_BY_IRI: dict[str, str] = {verb.iri: name for name, verb in VERBS.items()}


def say(words: Words, language: str) -> str:
    """The words in this language, else in English, else in any: a title is never empty."""
    return words.get(language) or words.get("en") or next(iter(words.values()), "")
