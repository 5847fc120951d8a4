"""Pages of quizzes: begin, one question a screen, a last look, the result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import activities, passage, templating, web
from app.errors import Invalid, NotFound
from app.models import Activity, Person, Registration
from quizzes.forms import AnswerForm
from quizzes.models import Attempt
from quizzes.service import answering, attempts, sheets

pages = web.Pages("quizzes", __name__)

QUIZ = "/quizzes/<path:key>"
ATTEMPT = f"{QUIZ}/attempts/<int(max=99999):number>"
QUESTION = f"{ATTEMPT}/questions/<int(max=999):place>"


@pages.get(QUIZ)
def start(key: str) -> Any:
    """How many questions, the pass mark, the attempts so far; begin or continue."""
    person = web.signed_in()
    quiz = sheets.get_quiz(key)
    door = sheets.door(person, quiz, language=web.language())
    around = _around(person, quiz, registration=door.registration)
    return render_template("quizzes/start.html", door=door, **around)


@pages.post(f"{QUIZ}/attempts")
def begin(key: str) -> Any:
    person = web.signed_in()
    attempt = attempts.begin(person, sheets.get_quiz(key), language=web.language())
    if attempt.is_untouched:
        return redirect(_next_url(key, attempt.number, 1, len(attempt.drawn)), 303)
    return redirect(url_for(".resume", key=key, number=attempt.number), 303)


@pages.get(f"{ATTEMPT}/resume")
def resume(key: str, number: int) -> Any:
    """The first question that is not answered yet, else the last look."""
    attempt = sheets.get_attempt(web.signed_in(), sheets.get_quiz(key), number)
    asked = sheets.sheet(attempt, language=web.language())
    place = next((one.place for one in asked if not one.given), None)
    return redirect(_next_url(key, number, place, len(asked)))


@pages.get(QUESTION)
def question(key: str, number: int, place: int) -> Any:
    person, quiz = web.signed_in(), sheets.get_quiz(key)
    attempt = sheets.get_attempt(person, quiz, number)
    if attempt.handed_in_at is not None:
        return redirect(url_for(".result", key=key, number=number))
    asked = sheets.sheet(attempt, language=web.language())
    if not 1 <= place <= len(asked):
        raise NotFound(_("There is no such question in this attempt."))
    return render_template(
        "quizzes/question.html",
        attempt=attempt,
        asked=asked,
        one=asked[place - 1],
        **_around(person, quiz, attempt),
    )


@pages.post(QUESTION)
def save(key: str, number: int, place: int) -> Any:
    """Keep the answer, then go on to the next question; as JSON for the script of the page, which
    has that question already."""
    person, quiz = web.signed_in(), sheets.get_quiz(key)
    form = AnswerForm()
    if not form.validate_on_submit():
        raise Invalid(form.errors)
    try:
        kept = answering.save(
            person,
            quiz,
            number,
            place,
            form.given.data or [],
            revision=form.revision.data or 0,
            language=web.language(),
        )
    except (answering.Stale, answering.HandedIn) as conflict:
        attempt = sheets.get_attempt(person, quiz, number)
        return _conflict(person, quiz, attempt, place, form, conflict)
    url = _next_url(key, number, place + 1, len(kept.attempt.drawn))
    if not _asks_json():
        return redirect(url, 303)
    answer = kept.answer
    return {
        "revision": answer.revision if answer else 0,
        "saved": templating.clock(answer.saved_at) if answer else None,
        "next": url,
    }


def _asks_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )


def _next_url(key: str, number: int, place: int | None, count: int) -> str:
    if place is None or place > count:
        return url_for(".overview", key=key, number=number)
    return url_for(".question", key=key, number=number, place=place)


def _conflict(
    person: Person,
    quiz: Activity,
    attempt: Attempt,
    place: int,
    form: AnswerForm,
    conflict: answering.Stale | answering.HandedIn,
) -> Any:
    """Both answers side by side: nothing was overwritten, nothing is lost."""
    if _asks_json():
        return {"handed_in": attempt.handed_in_at is not None, **conflict.members}, 409
    one = sheets.sheet(attempt, language=web.language())[place - 1]
    mine = replace(one, given=tuple(form.given.data or ()))
    page = render_template(
        "quizzes/conflict.html",
        attempt=attempt,
        one=one,
        mine=mine,
        sentence=conflict.sentence,
        **_around(person, quiz, attempt),
    )
    return page, 409


@pages.get(ATTEMPT)
def overview(key: str, number: int) -> Any:
    """A last look before handing in: what is answered, what is still open."""
    person, quiz = web.signed_in(), sheets.get_quiz(key)
    attempt = sheets.get_attempt(person, quiz, number)
    if attempt.handed_in_at is not None:
        return redirect(url_for(".result", key=key, number=number))
    asked = sheets.sheet(attempt, language=web.language())
    return render_template(
        "quizzes/overview.html", attempt=attempt, asked=asked, **_around(person, quiz, attempt)
    )


@pages.post(f"{ATTEMPT}/hand-in")
def hand_in(key: str, number: int) -> Any:
    person, quiz = web.signed_in(), sheets.get_quiz(key)
    attempts.hand_in(person, quiz, number, language=web.language())
    return redirect(url_for(".result", key=key, number=number), 303)


@pages.get(f"{ATTEMPT}/result")
def result(key: str, number: int) -> Any:
    """The score in words, and feedback beside each answer."""
    person, quiz = web.signed_in(), sheets.get_quiz(key)
    attempt = sheets.get_attempt(person, quiz, number)
    if attempt.handed_in_at is None:
        return redirect(url_for(".overview", key=key, number=number))
    shown = sheets.review(attempt, language=web.language())
    lessons = {one.lesson.id: one.lesson for one in shown if one.lesson}
    again = {one.lesson.id: one.lesson for one in shown if one.lesson and one.mark < 1}
    return render_template(
        "quizzes/result.html",
        attempt=attempt,
        shown=shown,
        again=sorted(again.values(), key=lambda lesson: lesson.position),
        right=sum(one.mark == 1 for one in shown),
        lesson_urls={id: web.address(activities.url(one)) for id, one in lessons.items()},
        **_around(person, quiz, attempt),
    )


def _around(
    person: Person,
    quiz: Activity,
    attempt: Attempt | None = None,
    *,
    registration: Registration | None = None,
) -> dict[str, Any]:
    """The way that the quiz stands on, and where its pages are."""
    if registration is not None:
        module: Activity | None = registration.activity
    else:
        module, registration = sheets.surroundings(person, quiz, attempt)
    done = attempt is not None and bool(attempt.passed)
    return {
        "quiz": quiz,
        "module": module,
        "module_url": web.address(activities.url(module)) if module else None,
        "way": _way(module, registration, None if done else quiz) if module else [],
    }


def _way(
    module: Activity, registration: Registration | None, here: Activity | None
) -> list[passage.Station]:
    way = passage.stations(module, registration, language=web.language(), here=here)
    return [replace(station, url=web.address(station.url)) for station in way]
