"""The forms of the completion records: what is asked for, and how a view is kept."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Optional

from app import forms
from records.service.asking import SORTS, STATUSES


def choices(any_: Any, *words: tuple[str, Any]) -> list[SelectChoice]:
    """What a field offers, after the words for no choice at all."""
    return [SelectChoice(value, label) for value, label in (("", any_), *words)]


class FilterForm(Form):
    """A plain form of the address: nothing is posted."""

    course = SelectField(_l("Course or module"), [Optional()], validate_choice=False)
    edition = SelectField(_l("Edition"), [Optional()], validate_choice=False)
    status = SelectField(
        _l("Status"),
        [Optional()],
        choices=choices(_l("Any status"), *STATUSES.items()),
        validate_choice=False,
    )
    words = StringField(_l("Name or address"), [Optional()], render_kw={"type": "search"})
    since = StringField(_l("Last activity since"), [Optional()], render_kw={"type": "date"})
    until = StringField(_l("Until"), [Optional()], render_kw={"type": "date"})


class KeepForm(forms.Form):
    """The name of a view and its direction; its columns are rows of their own (see `picked`)."""

    name = StringField(
        _l("Name of the view"),
        [InputRequired(_l("Please give the view a name."))],
        render_kw={"maxlength": 100, "autocomplete": "off"},
    )
    sort = SelectField(
        _l("Order of the rows"), [Optional()], choices=[SelectChoice(*one) for one in SORTS.items()]
    )


def picked(sent: MultiDict[str, str]) -> list[str]:
    """The columns that were ticked, by the numbers beside them; without one they come last."""

    def place(name: str) -> tuple[int, int]:
        number = sent.get(f"place-{name}", "").strip()
        known = number.isascii() and number.isdigit() and len(number) < 5
        return (int(number) if known else 10_000, ticked.index(name))

    ticked = sent.getlist("column")[:500]
    return sorted(ticked, key=place)
