"""The form with which an administrator makes a credential."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectMultipleField, StringField, widgets
from wtforms.validators import InputRequired, NumberRange, Optional

from app.forms import Form, choices
from xapi import credentials, wording
from xapi.service import access

_DAYS = _l("From 1 to %(most)s days, or nothing.", most=access.LONGEST)


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
