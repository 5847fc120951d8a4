"""Forms about seats: enrolling somebody, and groups of people; shape only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Optional

from app import web
from app.config import LANGUAGES
from app.forms import Form, choices
from app.models import Activity
from app.vocabulary import say
from cohorts.models import Cohort, Edition


def an_address() -> StringField:
    return StringField(
        _l("E-mail address"),
        [InputRequired(_l("Please give an e-mail address."))],
        render_kw={"type": "email", "autocomplete": "off", "maxlength": 254},
    )


def a_name() -> StringField:
    return StringField(
        _l("Name of the cohort"),
        [InputRequired(_l("Give the cohort a name."))],
        render_kw={"maxlength": 200},
    )


def offer_cohorts(form: Any, cohorts: Sequence[Cohort]) -> None:
    """Let the field `cohort` of a form offer these; without any it is not asked."""
    form.cohort.choices = choices(
        ("", _lp("cohort", "None")), *((str(one.id), one.name) for one in cohorts)
    )
    if not cohorts:
        del form.cohort


class Enrol(Form):
    """Somebody gets a seat, or an invitation."""

    email = an_address()
    name = StringField(
        _l("Full name"),
        [Optional()],
        description=_l("For the invitation, when there is no account with this address yet."),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )
    language = SelectField(
        _l("Language of the invitation"),
        [Optional()],
        choices=choices(("", _l("As the edition")), *LANGUAGES.items()),
    )
    cohort = SelectField(_l("Cohort"), [Optional()])

    def __init__(self, *values: Any, cohorts: Sequence[Cohort], **more: Any) -> None:
        super().__init__(*values, **more)
        offer_cohorts(self, cohorts)


class Group(Form):
    """A new cohort."""

    name = a_name()
    activity = SelectField(
        _l("Where"),
        [InputRequired(_l("Choose a course or an edition."))],
        description=_l("Its staff see the cohort. In a course it goes across all editions."),
    )

    def __init__(self, *values: Any, places: Sequence[Activity], **more: Any) -> None:
        super().__init__(*values, **more)
        language = web.language()
        self.activity.choices = choices(*((one.key, say(one.titles, language)) for one in places))


class Rename(Form):
    name = a_name()


class Add(Form):
    """Somebody joins a cohort."""

    email = an_address()


class EnrolGroup(Form):
    """A whole cohort gets seats."""

    edition = SelectField(_l("Edition"), [InputRequired(_l("Choose an edition."))])

    def __init__(self, *values: Any, editions: Sequence[Edition], **more: Any) -> None:
        super().__init__(*values, **more)
        language = web.language()
        told = (
            (one.slug, f"{say(one.activity.titles, language)} · {one.slug}") for one in editions
        )
        self.edition.choices = choices(*told)
