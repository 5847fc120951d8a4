"""Forms of what an edition asks, and of its staff; shape only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField, widgets
from wtforms.validators import InputRequired, NumberRange, Optional

from app import people, permissions, web
from app.forms import Form, choices
from app.vocabulary import say
from cohorts.service import asking

_SHARE = _l("Enter a number from 1 to 100.")
_PERCENT = {"inputmode": "numeric", "min": 1, "max": 100}


class Asks(Form):
    """What completing an edition asks (see rules.py), shares in per cent."""

    attendance = IntegerField(
        _l("Sessions attended, per cent of all planned"),
        [Optional(), NumberRange(1, 100, _SHARE)],
        description=_l("Left empty, attendance is not asked."),
        render_kw=_PERCENT,
    )
    quiz = SelectField(_l("Final quiz"), [Optional()])
    minimum = IntegerField(
        _l("Score in the final quiz, at least, per cent"),
        [Optional(), NumberRange(1, 100, _SHARE)],
        render_kw=_PERCENT,
    )
    modules = SelectMultipleField(
        _l("Modules to complete besides"),
        [Optional()],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )

    def __init__(self, *values: Any, asks: Mapping[str, Any] | None = None, **more: Any) -> None:
        if asks is not None:
            more["data"] = {**asks, **{name: _percent(asks.get(name)) for name in _SHARES}}
        super().__init__(*values, **more)
        language = web.language()
        quizzes = [(one.key, say(one.titles, language)) for one in asking.quizzes()]
        modules = [(one.key, say(one.titles, language)) for one in asking.modules()]
        self.quiz.choices = choices(("", _lp("quiz", "None")), *quizzes)
        self.modules.choices = choices(*modules)

    def values(self) -> dict[str, Any]:
        """What is asked, shares from 0 to 1."""
        entered = super().values()
        shares = {name: entered[name] / 100 if entered[name] else None for name in _SHARES}
        return {**entered, **shares}


_SHARES = ("attendance", "minimum")


def _percent(share: float | None) -> int | None:
    return round(share * 100) if share is not None else None


class GiveRole(Form):
    """A role for an edition."""

    email = StringField(
        _l("E-mail address"),
        [InputRequired(_l("Please give an e-mail address."))],
        render_kw={"type": "email", "maxlength": 254, "autocomplete": "off"},
    )
    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role."))])

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)
        given = [(one, permissions.ROLE_WORDS[one]) for one in people.WITHIN]
        self.role.choices = choices(*given)
