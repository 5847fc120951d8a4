"""The forms of administrators: making a credential, and looking for statements."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form as PlainForm
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField, widgets
from wtforms.validators import InputRequired, NumberRange, Optional

from app.errors import Invalid
from app.forms import Form, choices
from app.vocabulary import VERBS, say
from xapi import credentials, wording
from xapi.service import access

_DAYS = _l("From 1 to %(most)s days, or nothing.", most=access.LONGEST)


class Looked(PlainForm):
    """Which statements are looked for."""

    who = StringField(_l("E-mail address"), [Optional()], render_kw={"type": "search"})
    verb = SelectField(
        _l("What happened"),
        [Optional()],
        validate_choice=False,
    )
    activity = StringField(
        _l("Activity"), [Optional()], render_kw={"type": "search", "placeholder": "modules/m1"}
    )
    authority = StringField(_l("Authority"), [Optional()], render_kw={"type": "search"})
    since = StringField(_l("Stored since"), [Optional()], render_kw={"type": "date"})
    until = StringField(_l("Until"), [Optional()], render_kw={"type": "date"})

    def __init__(self, *values: Any, language: str) -> None:
        super().__init__(*values)
        verbs = ((name, say(verb.display, language)) for name, verb in VERBS.items())
        self.verb.choices = choices(("", _l("Anything")), *verbs)

    def refuse(self, invalid: Invalid) -> None:
        """Put the sentences of a service at their fields. Raises it where one is of no field."""
        for name, sentence in invalid.fields.items():
            if name not in self:
                raise invalid
            self[name].errors = [str(sentence)]


class NewCredential(Form):
    label = StringField(
        _l("Which system it is for"),
        [InputRequired(_l("Please say which system it is for."))],
        render_kw={"maxlength": 200},
    )
    key = StringField(
        _l("Key"),
        [InputRequired(_l("Please choose a key."))],
        description=_l("The user name of Basic authentication: letters, digits, and . _ @ -"),
        render_kw={"maxlength": 100, "autocomplete": "off", "spellcheck": "false"},
    )
    authority = StringField(
        _l("Authority"),
        [Optional()],
        description=_l(
            "The account by which its statements say who stands for them. Left open, it is the key."
        ),
        render_kw={"maxlength": 100, "autocomplete": "off", "spellcheck": "false"},
    )
    scopes = SelectMultipleField(
        _l("What it may do"),
        [InputRequired(_l("Please choose what it may do."))],
        choices=choices(*((one, wording.SCOPES[one]) for one in credentials.SCOPES)),
        default=["statements/write", "statements/read/mine"],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    days = IntegerField(
        _l("Days until it ends"),
        [Optional(), NumberRange(1, access.LONGEST, _DAYS)],
        description=_l("Left open, it lives until it is revoked."),
    )
    limit = StringField(
        _l("Limit"),
        [Optional()],
        description=_l("How often it may come: 100 per minute. Left open, as often as it likes."),
        render_kw={"maxlength": 60, "autocomplete": "off", "spellcheck": "false"},
    )
