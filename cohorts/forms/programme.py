"""Forms of a programme: one session; and of a copy; shape only."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, StringField, TimeField
from wtforms.validators import InputRequired, Optional

from app.config import LANGUAGES
from app.forms import Form
from cohorts.forms.titles import Titled

_CLOCK = _l("Enter a time, such as 09:00.")


class SessionForm(Titled):
    """A session: day and times of the place, titles."""

    day = DateField(_l("Day"), [InputRequired(_l("Enter the day."))])
    begins = TimeField(_l("Begins"), [InputRequired(_CLOCK)], render_kw={"step": 60})
    ends = TimeField(_l("Ends"), [InputRequired(_CLOCK)], render_kw={"step": 60})

    def __init__(self, *values: Any, entry: dict[str, Any] | None = None, **options: Any) -> None:
        if entry:
            titles = {f"title_{lang}": entry.get("titles", {}).get(lang) for lang in LANGUAGES}
            options["data"] = {**entry, **titles}
        super().__init__(*values, **options)


class Copy(Form):
    """An edition like another one."""

    starts_on = DateField(
        _l("First day"),
        [InputRequired(_l("Enter the first day."))],
        description=_l("All days are shifted with it; times of the day stay."),
    )
    slug = StringField(
        _l("Address"),
        [Optional()],
        description=_l("Small letters, digits and hyphens. Left empty: this one's, with the year."),
        render_kw={"maxlength": 100, "autocapitalize": "none", "spellcheck": "false"},
    )
