"""Forms of certificates: their shape only; the rules live in the service."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired

from app.config import LANGUAGES
from app.errors import Invalid
from app.forms import Form


class CorrectionForm(Form):
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


class RevocationForm(Form):
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Write the reason, in at most 1,000 characters."))],
        description=_l("Kept in the audit and shown to staff, not on the public page."),
        render_kw={"maxlength": 1000, "rows": 4},
    )


class ReleaseForm(Form):
    """Whose certificates of a sort are to be previewed: the chosen ones, or everybody shown."""

    sort = StringField()
    chosen = SelectMultipleField(_l("People"), validate_choice=False)
    everybody = BooleanField(_l("Everybody whom the filter shows, on all pages"))

    def ids(self) -> list[UUID]:
        """The registrations that were ticked; what is none is left for the service to refuse."""
        return [UUID(one) if _is_id(one) else UUID(int=0) for one in self.chosen.data or []]

    def refuse(self, invalid: Invalid) -> None:
        """Put the service's sentences beside the list."""
        self.chosen.errors = [str(sentence) for sentence in invalid.fields.values()]


def _is_id(typed: str) -> bool:
    try:
        UUID(typed)
    except ValueError:
        return False
    return True
