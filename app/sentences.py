"""Statements in plain words: one learning event, one readable sentence. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import flask_babel as babel
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.events import LearningEvent
from app.vocabulary import Words, say

LONGEST = 500
"""Characters of a written answer that a sentence repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an event is about, as far as it is known: titles and the xAPI definition."""

    titles: Words
    definition: Mapping[str, Any] | None = None


def sentence(
    event: LearningEvent,
    subject: Subject | None,
    *,
    language: str,
    name: str | None = None,
    taken_back: bool = False,
) -> str:
    """What happened, in a language ("en", "fr", "es").

    Without `name` it speaks to the person herself ("You completed …"); with a name of her, to
    somebody else; "" is a person without a name. What came of it (score, time, answer), and that
    it was taken back, follow as sentences of their own, for languages order words differently.
    """
    with babel.force_locale(language):
        words = [_told(event, title(event, subject, language), name)]
        words += _outcome(event, subject, language)
        if event.by is not None and event.by != event.person_id:
            words.append(_("This was entered by a member of staff."))
        if taken_back:
            words.append(_("This was taken back later."))
        return " ".join(words)


def title(event: LearningEvent, subject: Subject | None, language: str) -> str:
    """The title; of a question its prompt; of what nobody knows any more the end of its IRI."""
    if subject is None:
        return event.activity.rpartition("/")[2]
    prompt: Words = (subject.definition or {}).get("description", {})
    if event.verb == "answered" and prompt:
        return say(prompt, language).removesuffix(".")
    return say(subject.titles, language)


_HERSELF = {
    "registered": _l("You registered for “%(title)s”."),
    "initialized": _l("You began “%(title)s”."),
    "progressed": _l("You made progress in “%(title)s”."),
    "scored": _l("You got a score in “%(title)s”."),
    "completed": _l("You completed “%(title)s”."),
    "answered": _l("You answered “%(title)s”."),
    "passed": _l("You passed “%(title)s”."),
    "failed": _l("You did not pass “%(title)s”."),
    "attended": _l("You attended “%(title)s”."),
    "updated": _l("What you need for “%(title)s” was changed."),
    "earned": _l("You earned the certificate for “%(title)s”."),
    "voided": _l("Something recorded about you in “%(title)s” was taken back."),
    "": _l("About you and “%(title)s”: %(verb)s."),
}
"""What is said to herself, by verb; the last for any other."""

_SOMEBODY = {
    "registered": _l("%(name)s registered for “%(title)s”."),
    "initialized": _l("%(name)s began “%(title)s”."),
    "progressed": _l("%(name)s made progress in “%(title)s”."),
    "scored": _l("%(name)s got a score in “%(title)s”."),
    "completed": _l("%(name)s completed “%(title)s”."),
    "answered": _l("%(name)s answered “%(title)s”."),
    "passed": _l("%(name)s passed “%(title)s”."),
    "failed": _l("%(name)s did not pass “%(title)s”."),
    "attended": _l("%(name)s attended “%(title)s”."),
    "updated": _l("What %(name)s needs for “%(title)s” was changed."),
    "earned": _l("%(name)s earned the certificate for “%(title)s”."),
    "voided": _l("Something recorded about %(name)s in “%(title)s” was taken back."),
    "": _l("About %(name)s and “%(title)s”: %(verb)s."),
}
"""The same of somebody with a name."""

_NOBODY = {
    "registered": _l("This person registered for “%(title)s”."),
    "initialized": _l("This person began “%(title)s”."),
    "progressed": _l("This person made progress in “%(title)s”."),
    "scored": _l("This person got a score in “%(title)s”."),
    "completed": _l("This person completed “%(title)s”."),
    "answered": _l("This person answered “%(title)s”."),
    "passed": _l("This person passed “%(title)s”."),
    "failed": _l("This person did not pass “%(title)s”."),
    "attended": _l("This person attended “%(title)s”."),
    "updated": _l("What this person needs for “%(title)s” was changed."),
    "earned": _l("This person earned the certificate for “%(title)s”."),
    "voided": _l("Something recorded about this person in “%(title)s” was taken back."),
    "": _l("About this person and “%(title)s”: %(verb)s."),
}
"""The same of a person without a name."""


def _told(event: LearningEvent, title: str, name: str | None) -> str:
    verb = "voided" if event.takes_back else event.verb
    said = _HERSELF if name is None else _SOMEBODY if name else _NOBODY
    return said.get(verb, said[""]) % {"title": title, "name": name, "verb": verb}


def _outcome(event: LearningEvent, subject: Subject | None, language: str) -> list[str]:
    result = event.result
    if result is None or event.takes_back:
        return []
    words = []
    if result.response:
        given = answer(result.response, subject.definition if subject else None, language)
        words.append(_("Answer: “%(answer)s”.", answer=given))
    if event.verb == "answered" and result.success is not None:
        words.append(_("It was right.") if result.success else _("It was not right."))
    if event.verb != "answered" and result.score is not None:
        share = babel.format_percent(round(result.score, 2))
        words.append(_("Score: %(score)s.", score=share))
    if result.seconds and result.seconds >= 1:
        span = babel.format_timedelta(timedelta(seconds=result.seconds), threshold=1.5)
        words.append(_("Time: %(duration)s.", duration=span))
    return words


def answer(response: str, definition: Mapping[str, Any] | None, language: str) -> str:
    """A response in words: the texts of the options chosen, else what was written, shortened.

    The form of a response by interaction type: xAPI Data, Appendix C.
    """
    kind = (definition or {}).get("interactionType")
    if kind == "true-false" and response in ("true", "false"):
        return _("True") if response == "true" else _("False")
    if definition and kind in ("choice", "sequencing"):
        texts = {one["id"]: one["description"] for one in definition.get("choices", ())}
        return "; ".join(say(texts.get(one, {}), language) or one for one in response.split("[,]"))
    return response if len(response) <= LONGEST else response[: LONGEST - 1] + "…"
