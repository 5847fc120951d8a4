"""The filter of the completion records: its shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, Form, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import Optional

from records.service import STATUSES


class FilterForm(Form):
    """A plain form of the address: nothing is posted."""

    activity = SelectField(_l("Activity"), [Optional()], validate_choice=False)
    status = SelectField(
        _l("Status"),
        [Optional()],
        choices=[
            SelectChoice(value="", label=_l("Any status")),
            *(SelectChoice(value=name, label=words) for name, words in STATUSES.items()),
        ],
        validate_choice=False,
    )
    since = DateField(_l("Last activity since"), [Optional()])
