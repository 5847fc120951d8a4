"""Forms of certificates: their shape only; the rules live in the service."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired

from app.config import LANGUAGES


class CorrectionForm(FlaskForm):
    name = StringField(
        _l("Name on the certificate"),
        [InputRequired(_l("Enter the name as it should be printed."))],
        description=_l("As on your passport or identity card, in any script."),
        render_kw={"autocomplete": "name", "maxlength": 200, "dir": "auto"},
    )
    language = SelectField(
        _l("Language of the certificate"),
        [InputRequired(_l("Choose one of the languages."))],
        choices=[SelectChoice(value=code, label=name) for code, name in LANGUAGES.items()],
    )


class RevocationForm(FlaskForm):
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Write the reason, in at most 1,000 characters."))],
        description=_l("Kept in the audit and shown to staff, not on the public page."),
        render_kw={"maxlength": 1000, "rows": 4},
    )
