"""Forms about a person's account: ending it, and the roles that administrators give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from app import people, permissions
from app.forms import Form
from app.models import Activity
from app.vocabulary import say


class Erase(Form):
    """By an administrator."""

    confirmation = StringField(
        _l("E-mail address of the account"),
        [InputRequired(_l("Type the address of the account."))],
        description=_l("Type it to confirm."),
        render_kw={"autocomplete": "off", "maxlength": 254, "inputmode": "email"},
    )


class EraseMe(Erase):
    """By herself."""

    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Please type your password."))],
        render_kw={"autocomplete": "current-password"},
    )


class GiveRole(Form):
    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role."))])
    activity = SelectField(
        _l("Where"),
        [Optional()],
        description=_l("An administrator is administrator of everything."),
    )

    def __init__(self, *values: Any, tops: Sequence[Activity], language: str, **more: Any) -> None:
        super().__init__(*values, **more)
        self.role.choices = [(one, permissions.ROLE_WORDS[one]) for one in people.GRANTABLE]
        self.activity.choices = [
            ("", _l("Everywhere")),
            *((one.key, say(one.titles, language)) for one in tops),
        ]
